import CSQLite
import Jobs

/// The connection that writes, with its statements; only the `StoreActor` has one.
final class BatchWriter {
  /// A batch of which nobody knows whether it has reached the disk.
  struct Doubt: Equatable {
    /// The number of commits if it has.
    var commits: Int64
    /// The jobs that would then be new.
    var inserted: [JobID]
    /// The uploads that would then be committed.
    var uploads: [UploadID] = []
  }

  let database: Database
  private let beginTransaction: Statement
  private let commit: Statement
  private let live: LiveJobTable
  private let history: HistoryTable
  private let groups: RepGroupTable
  private let learning: LearningTable
  private let uploads: UploadTable
  private let environments: EnvironmentTable
  private let setLimit: Statement
  private let removeLimit: Statement
  private let setHost: Statement
  private let setMeta: Statement

  /// How often a batch was committed to this database.
  private(set) var commits: Int64
  private var nextJobID: Int64
  /// The first jobs of the pieces that the open transaction has already.
  private var begun: Set<JobID> = []
  /// A piece of the batch that comes next could not be written.
  private var hasFailed = false
  /// The new jobs of the transaction that is open or was the last.
  private var inserted: [JobID] = []
  /// The uploads that it has committed.
  private var committed: [UploadID] = []
  /// How many pages the WAL holds; SQLite sets it after each commit.
  private let pagesInWAL: UnsafeMutablePointer<Int32>

  /// The WAL is folded into the database when it has this many pages (4 MB).
  private static let pagesForCheckpoint: Int32 = 1000

  /// Takes over a connection to a database of the newest version.
  init(_ database: consuming Database) throws(StoreError) {
    self.database = database
    beginTransaction = try Statement("BEGIN IMMEDIATE", on: self.database)
    commit = try Statement("COMMIT", on: self.database)
    live = try LiveJobTable(self.database)
    groups = try RepGroupTable(self.database)
    history = try HistoryTable(self.database, groups: groups)
    learning = try LearningTable(self.database)
    uploads = try UploadTable(self.database, live: live)
    environments = try EnvironmentTable(self.database)
    setLimit = try Statement(
      "INSERT OR REPLACE INTO limits (name, value) VALUES (?, ?)", on: self.database)
    removeLimit = try Statement("DELETE FROM limits WHERE name = ?", on: self.database)
    setHost = try Statement(
      "INSERT OR REPLACE INTO local_host VALUES (1, ?, ?, ?, ?)", on: self.database)
    setMeta = try Statement(
      "UPDATE meta SET next_job_id = ?1, commits = ?2, generation = generation + ?3",
      on: self.database)
    commits = try self.database.integer("SELECT commits FROM meta")
    nextJobID = try self.database.integer("SELECT next_job_id FROM meta")
    pagesInWAL = .allocate(capacity: 1)
    pagesInWAL.initialize(to: 0)
    sqlite3_wal_hook(
      self.database.handle,
      { context, _, _, pages in
        context?.assumingMemoryBound(to: Int32.self).pointee = pages
        return SQLITE_OK
      }, pagesInWAL)
  }

  deinit {
    sqlite3_wal_hook(database.handle, nil, nil)
    pagesInWAL.deallocate()
  }

  /// What is to be found out if the last `write` has left doubt.
  var doubt: Doubt { Doubt(commits: commits + 1, inserted: inserted, uploads: committed) }

  /// Writes a piece of a batch that is still being made, in a transaction that the `write` of that
  /// batch ends. After an error nothing is left of what was begun, no transaction is open, and further
  /// pieces are left to `write`.
  func begin(_ piece: [Job]) throws(StoreError) {
    guard let first = piece.first?.id, !hasFailed else { return }
    do throws(StoreError) {
      if begun.isEmpty { try beginTransaction.run() }
      begun.insert(first)
      try live.add(piece)
    } catch {
      giveUpBegun()
      hasFailed = true
      throw error
    }
  }

  /// Takes back what was begun; `write` writes it when it comes with its batch.
  func giveUpBegun() {
    begun = []
    // Some errors have rolled it back already; after an I/O error, by which this may fail, the actor
    // throws the connection away.
    if database.isInTransaction { try? database.execute("ROLLBACK") }
  }

  /// Writes a batch in one transaction, and syncs it. After an error none is open.
  func write(_ batch: StoreBatch) throws(StoreError) {
    // Another's batch may come first.
    if !begun.isSubset(of: batch.pieces.compactMap(\.first?.id)) { giveUpBegun() }
    hasFailed = false
    try transaction { () throws(StoreError) in
      try apply(batch)
      try writeMeta(generations: 0)
    }
  }

  /// Counts one more start of a manager, durably.
  func beginGeneration() throws(StoreError) {
    (inserted, committed) = ([], [])
    try transaction { () throws(StoreError) in try writeMeta(generations: 1) }
  }

  /// Takes back what is new by a batch that was said to have failed, but had reached the disk.
  func takeBack(_ doubt: Doubt) throws(StoreError) {
    var batch = StoreBatch()
    batch.deletions = doubt.inserted
    batch.uploads = doubt.uploads.map { .uncommit($0) }
    try write(batch)
  }

  /// Takes away what is left of uploads that were not committed, and finishes the others.
  func settleUploads() throws(StoreError) {
    (inserted, committed) = ([], [])
    var isOver = try database.integer("SELECT count(*) FROM uploads") == 0
    while !isOver {
      try transaction { () throws(StoreError) in
        isOver = try uploads.withdrawSome()
        if isOver { try uploads.finishCommitted() }
        try writeMeta(generations: 0)
      }
      try checkpointIfDue()
    }
  }

  /// Whether the WAL has grown so much that it is to be folded into the database.
  var isCheckpointDue: Bool { pagesInWAL.pointee >= Self.pagesForCheckpoint }

  /// Folds the WAL into the database if it has grown enough.
  ///
  /// - Throws: what is wrong with the database file; what was committed is safe in the WAL.
  func checkpointIfDue() throws(StoreError) {
    guard isCheckpointDue else { return }
    try database.checkpoint(SQLITE_CHECKPOINT_PASSIVE)
  }

  private func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
    do throws(StoreError) {
      if begun.isEmpty { try beginTransaction.run() }
      try body()
      try commit.run()
      commits += 1
      begun = []
    } catch {
      groups.forget()
      giveUpBegun()
      throw error
    }
  }

  private func apply(_ batch: StoreBatch) throws(StoreError) {
    inserted.removeAll(keepingCapacity: true)
    committed.removeAll()
    // First the deletions: a key that is deleted may be added again in the same batch.
    for id in batch.deletions {
      if let key = try live.remove(id) { try history.forgetGroups(of: key) }
    }
    var new: [Job] = []
    for job in batch.puts {
      precondition(
        job.state != .complete && job.state != .deleted, "job \(job.id.number) is not live")
      // No job of such a number was ever stored.
      if job.id.number >= nextJobID {
        new.append(job)
      } else if try live.put(job, specChanged: batch.changedSpecs.contains(job.id)) {
        inserted.append(job.id)
      }
    }
    for jobs in batch.pieces + [new] where !jobs.isEmpty {
      if !begun.contains(jobs[0].id) { try live.add(jobs) }
      inserted += jobs.lazy.map(\.id)
    }
    for output in batch.outputs { try live.put(output) }
    for (group, key) in batch.memberships { try history.join(group, key) }
    for job in batch.completions {
      try history.complete(job)
      try live.remove(complete: job.id, keepingOutput: job.spec.keepsOutput)
    }
    try groups.writeSums()
    for (group, limit) in batch.limits { try set(limit, of: group) }
    for lesson in batch.lessons { try learning.put(lesson) }
    for (key, entries) in batch.environments { try environments.put(entries, key) }
    if let host = batch.localHost { try set(host) }
    for step in batch.uploads { try take(step) }
  }

  private func take(_ step: UploadStep) throws(StoreError) {
    switch step {
    case .stage(_, let jobs):
      if let last = jobs.last { nextJobID = max(nextJobID, last.id.number + 1) }
    case .commit(let upload): committed.append(upload)
    case .drop, .uncommit, .join, .finish, .withdraw: break
    }
    try uploads.take(step)
  }

  private func set(_ limit: Int, of group: LimitGroup) throws(StoreError) {
    guard limit >= 0 else {
      try removeLimit.bind(1, group.text)
      return try removeLimit.run()
    }
    try setLimit.bind(1, group.text)
    try setLimit.bind(2, Int64(limit))
    try setLimit.run()
  }

  private func set(_ host: StoredHost) throws(StoreError) {
    try setHost.bind(1, host.incarnation.text)
    try setHost.bind(2, Int64(host.pid))
    try setHost.bind(3, Int64(bitPattern: host.startTicks))
    try setHost.bind(4, host.bootID)
    try setHost.run()
  }

  private func writeMeta(generations: Int64) throws(StoreError) {
    if let last = inserted.max() { nextJobID = max(nextJobID, last.number + 1) }
    try setMeta.bind(1, nextJobID)
    try setMeta.bind(2, commits + 1)
    try setMeta.bind(3, generations)
    try setMeta.run()
  }
}
