import Jobs

/// Writes the jobs that are not complete, and what failed ones wrote.
final class LiveJobTable {
  private let updateSpec: Statement
  private let insertJob: Statement
  private let insertJobs: Statement
  private let putState: Statement
  private let insertDepGroup: Statement
  private let deleteJob: Statement
  private let takeJob: Statement
  private let deleteState: Statement
  private let deleteOutput: Statement
  private let putOutput: Statement
  private var encoder = JobSpecEncoder()

  init(_ database: borrowing Database) throws(StoreError) {
    updateSpec = try Statement("UPDATE jobs SET key = ?2, spec = ?3 WHERE id = ?1", on: database)
    insertJob = try Statement(
      "INSERT INTO jobs (id, key, spec, added_ns) VALUES (?, ?, ?, ?)", on: database)
    insertJobs = try Statement(
      "INSERT INTO jobs (id, key, spec, added_ns) VALUES "
        + repeatElement("(?, ?, ?, ?)", count: Self.rowsAtOnce).joined(separator: ", "),
      on: database)
    putState = try Statement(
      """
      INSERT OR REPLACE INTO job_states (\(JobRow.stateColumns), id)
      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
        WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?11)
      """, on: database)
    insertDepGroup = try Statement(
      "INSERT OR IGNORE INTO dep_groups VALUES (?)", on: database)
    deleteJob = try Statement("DELETE FROM jobs WHERE id = ?", on: database)
    takeJob = try Statement("DELETE FROM jobs WHERE id = ? RETURNING key", on: database)
    deleteState = try Statement("DELETE FROM job_states WHERE id = ?", on: database)
    deleteOutput = try Statement("DELETE FROM outputs WHERE id = ?", on: database)
    putOutput = try Statement(
      """
      INSERT OR REPLACE INTO outputs (id, stdout, stderr)
      SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?1)
      """, on: database)
  }

  /// Inserts a job, or writes what changes of one that is there.
  ///
  /// - Parameter specChanged: also writes the specification of one that is there.
  /// - Returns: whether it was inserted.
  func put(_ job: Job, specChanged: Bool) throws(StoreError) -> Bool {
    if try putState(of: job) {
      if specChanged {
        try bindJob(job, to: updateSpec)
        try updateSpec.run()
        try join(job.spec.depGroups)
      }
      return false
    }
    try insert(job)
    try join(job.spec.depGroups)
    return true
  }

  /// Inserts jobs whose numbers no others have, and remembers what groups they have joined.
  func add(_ jobs: [Job]) throws(StoreError) {
    try insert(jobs)
    for index in jobs.indices { try join(jobs[index].spec.depGroups) }
  }

  /// How many jobs are inserted by one statement where there are so many: a quarter is saved by it.
  private static let rowsAtOnce = 10

  /// Inserts jobs whose numbers no others have.
  func insert(_ jobs: [Job]) throws(StoreError) {
    var rest = jobs[...]
    while rest.count >= Self.rowsAtOnce {
      try insertTogether(rest.prefix(Self.rowsAtOnce))
      rest = rest.dropFirst(Self.rowsAtOnce)
    }
    for job in rest { try insert(job) }
  }

  private func insertTogether(_ jobs: ArraySlice<Job>) throws(StoreError) {
    try encoder.encode(specificationsOf: jobs) { (bytes, ranges) throws(StoreError) in
      var parameter: Int32 = 1
      for (index, range) in zip(jobs.indices, ranges) {
        try insertJobs.bind(parameter, jobs[index].id.number)
        try insertJobs.bind(parameter + 1, jobs[index].key)
        try insertJobs.lend(parameter + 2, utf8: UnsafeBufferPointer(rebasing: bytes[range]))
        try insertJobs.bind(parameter + 3, jobs[index].addedAt.nanoseconds)
        parameter += 4
      }
      try insertJobs.run()
    }
    for index in jobs.indices where !jobs[index].isAsAdded { _ = try putState(of: jobs[index]) }
  }

  /// Inserts a job whose number no other has. One that is as it was added needs no row in
  /// `job_states`.
  private func insert(_ job: Job) throws(StoreError) {
    try bindJob(job, to: insertJob)
    try insertJob.bind(4, job.addedAt.nanoseconds)
    try insertJob.run()
    if !job.isAsAdded { _ = try putState(of: job) }
  }

  /// - Returns: false if there is no such job.
  private func putState(of job: Job) throws(StoreError) -> Bool {
    try JobRow.bindState(of: job, to: putState)
    try putState.bind(11, job.id.number)
    return try putState.change()
  }

  /// Remembers for ever that somebody has joined the groups.
  func join(_ groups: [DepGroup]) throws(StoreError) {
    for group in groups {
      try insertDepGroup.bind(1, group.text)
      try insertDepGroup.run()
    }
  }

  /// Removes a job that was deleted, with what it wrote.
  ///
  /// - Returns: its key; nil if there was no such job.
  func remove(_ id: JobID) throws(StoreError) -> JobKey? {
    try removeTraces(of: id, keepingOutput: false)
    try takeJob.bind(1, id.number)
    defer { takeJob.reset() }
    guard try takeJob.step() else { return nil }
    let key = try takeJob.key(0)
    try takeJob.run()
    return key
  }

  /// Removes a job that is complete and, unless that is kept, what it wrote.
  func remove(complete id: JobID, keepingOutput: Bool) throws(StoreError) {
    try removeTraces(of: id, keepingOutput: keepingOutput)
    try deleteJob.bind(1, id.number)
    try deleteJob.run()
  }

  private func removeTraces(of id: JobID, keepingOutput: Bool) throws(StoreError) {
    try deleteState.bind(1, id.number)
    try deleteState.run()
    guard !keepingOutput else { return }
    try deleteOutput.bind(1, id.number)
    try deleteOutput.run()
  }

  /// Replaces what a job wrote, if the job is there.
  func put(_ output: JobOutput) throws(StoreError) {
    try putOutput.bind(1, output.job.number)
    try putOutput.bind(2, output.stdout)
    try putOutput.bind(3, output.stderr)
    try putOutput.run()
  }

  private func bindJob(_ job: Job, to statement: borrowing Statement) throws(StoreError) {
    try statement.bind(1, job.id.number)
    try statement.bind(2, job.key)
    try encoder.encode(job.spec) { (bytes) throws(StoreError) in
      try statement.bind(3, utf8: bytes)
    }
  }
}
