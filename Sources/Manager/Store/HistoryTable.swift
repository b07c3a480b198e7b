import Jobs

/// Writes complete jobs, and keeps them findable and counted under all their groups.
///
/// What holds between transactions: a key stands once in the history; a membership never names
/// the group that the history row has itself; a group's count, and what it sums up, is that of the
/// rows that have it plus the memberships in it whose key is in the history.
final class HistoryTable {
  private let groups: RepGroupTable
  private let old: Statement
  private let memberships: Statement
  private let addMembership: Statement
  private let removeMembership: Statement
  private let removeMemberships: Statement
  private let removeByKey: Statement
  private let removeOutput: Statement
  private let move: Statement
  private let insert: Statement
  private let addDependant: Statement

  init(_ database: borrowing Database, groups: RepGroupTable) throws(StoreError) {
    self.groups = groups
    old = try Statement("SELECT group_id, run FROM history WHERE key = ?", on: database)
    memberships = try Statement("SELECT group_id FROM memberships WHERE key = ?", on: database)
    addMembership = try Statement(
      "INSERT INTO memberships (group_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING", on: database)
    removeMembership = try Statement(
      "DELETE FROM memberships WHERE group_id = ? AND key = ?", on: database)
    removeMemberships = try Statement("DELETE FROM memberships WHERE key = ?", on: database)
    addDependant = try Statement(
      "INSERT OR IGNORE INTO group_dependants VALUES (?, ?)", on: database)
    removeOutput = try Statement(
      "DELETE FROM outputs WHERE id = (SELECT id FROM history WHERE key = ?1 AND id <> ?2)",
      on: database)
    removeByKey = try Statement("DELETE FROM history WHERE key = ?", on: database)
    let columns = """
      INSERT INTO history (id, key, group_id, added_ns, started_ns, ended_ns, until_buried,
        attempts, requirements, run, spec)
      """
    move = try Statement(
      columns + """
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, spec FROM jobs WHERE id = ?1
          ON CONFLICT (key) DO NOTHING
        """, on: database)
    insert = try Statement(
      columns + " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", on: database)
  }

  /// Puts a job into the history, in place of an earlier one of its key; its live row must still
  /// be there if there was one.
  func complete(_ job: Job) throws(StoreError) {
    let group = try groups.id(of: job.spec.repGroup)
    let key = job.key
    // Few keys were complete before: only if the row cannot be put in is that looked up.
    if try !moves(job, to: group) {
      var isMoved = false
      if try takeOut(key, for: group, of: job.id) { isMoved = try moves(job, to: group) }
      if !isMoved {
        try bind(job, group, to: insert)
        try insert.bind(11, utf8: job.spec.encoded())
        try insert.run()
      }
    }
    let sums = UsageSums(job.run)
    groups.add(sums, to: group)
    for other in try memberships(of: key) {
      if other == group {
        // The group that the row has itself: not a membership beside it any more.
        _ = try changes(removeMembership, group, key)
      } else {
        groups.add(sums, to: other)
      }
    }
    for case .group(let group) in job.spec.dependencies {
      try addDependant.bind(1, group.text)
      try addDependant.bind(2, key)
      try addDependant.run()
    }
  }

  /// Has the specification of a live job move over as it is: encoding it again would cost more than
  /// all the rest.
  ///
  /// - Returns: false if there is no live row, or a row of the key is in the way.
  private func moves(_ job: Job, to group: Int64) throws(StoreError) -> Bool {
    try bind(job, group, to: move)
    return try move.change()
  }

  /// Takes the complete job of a key out of the history, for one with the given group to take its
  /// place; the key stays findable under the group of the former. It may be the same one, if a
  /// commit was on disk though it was said to have failed: then what it wrote stays.
  ///
  /// - Returns: false if there is none.
  private func takeOut(
    _ key: JobKey, for group: Int64, of id: JobID
  ) throws(StoreError) -> Bool {
    guard let old = try old(of: key) else { return false }
    let sums = UsageSums(old.run, times: -1)
    groups.add(sums, to: old.group)
    for other in try memberships(of: key) { groups.add(sums, to: other) }
    if old.group != group { _ = try changes(addMembership, old.group, key) }
    try removeOutput.bind(1, key)
    try removeOutput.bind(2, id.number)
    try removeOutput.run()
    try removeByKey.bind(1, key)
    try removeByKey.run()
    return true
  }

  /// Makes a key findable under one more group.
  func join(_ group: RepGroup, _ key: JobKey) throws(StoreError) {
    let old = try old(of: key)
    let group = try groups.id(of: group)
    guard old?.group != group, try changes(addMembership, group, key), let old else { return }
    groups.add(UsageSums(old.run), to: group)
  }

  /// The groups that a key is a member of.
  private func memberships(of key: JobKey) throws(StoreError) -> [Int64] {
    try memberships.bind(1, key)
    defer { memberships.reset() }
    var groups: [Int64] = []
    while try memberships.step() { groups.append(memberships.integer(0)) }
    return groups
  }

  /// Forgets the groups of a live job that was deleted, unless a complete one has its key.
  func forgetGroups(of key: JobKey) throws(StoreError) {
    guard try old(of: key) == nil else { return }
    try removeMemberships.bind(1, key)
    try removeMemberships.run()
  }

  /// The group and the run of the complete job of a key.
  private func old(of key: JobKey) throws(StoreError) -> (group: Int64, run: RunRecord)? {
    try old.bind(1, key)
    defer { old.reset() }
    guard try old.step() else { return nil }
    return (old.integer(0), try JobRow.run(old, 1))
  }

  /// Runs a statement about a group and a key; tells whether it has changed something.
  private func changes(
    _ statement: borrowing Statement, _ group: Int64, _ key: JobKey
  ) throws(StoreError) -> Bool {
    try statement.bind(1, group)
    try statement.bind(2, key)
    return try statement.change()
  }

  private func bind(
    _ job: Job, _ group: Int64, to statement: borrowing Statement
  ) throws(StoreError) {
    try statement.bind(1, job.id.number)
    try statement.bind(2, job.key)
    try statement.bind(3, group)
    try statement.bind(4, job.addedAt.nanoseconds)
    try statement.bind(5, job.run.startedAt?.nanoseconds)
    try statement.bind(6, job.run.endedAt?.nanoseconds)
    try JobRow.bindRun(of: job, to: statement, from: 7)
  }
}
