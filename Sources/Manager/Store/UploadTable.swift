import Jobs

/// Writes which live jobs belong to uploads that are not over: a row for each piece that was staged.
final class UploadTable {
  private let live: LiveJobTable
  private let insert: Statement
  private let setCommitted: Statement
  private let finish: Statement
  private let removeJobs: Statement
  private let removeStates: Statement
  private let remove: Statement
  private let findLost: Statement
  private let joinGroups: Statement
  private let removeAll: Statement

  init(_ database: borrowing Database, live: LiveJobTable) throws(StoreError) {
    self.live = live
    insert = try Statement(
      "INSERT INTO uploads (first_id, last_id, upload) VALUES (?, ?, ?)", on: database)
    setCommitted = try Statement(
      "UPDATE uploads SET is_committed = ?2 WHERE upload = ?1", on: database)
    finish = try Statement("DELETE FROM uploads WHERE upload = ?", on: database)
    let range = "BETWEEN ?1 AND (SELECT last_id FROM uploads WHERE first_id = ?1)"
    removeJobs = try Statement("DELETE FROM jobs WHERE id \(range)", on: database)
    removeStates = try Statement("DELETE FROM job_states WHERE id \(range)", on: database)
    remove = try Statement("DELETE FROM uploads WHERE first_id = ?", on: database)
    findLost = try Statement(
      "SELECT first_id FROM uploads WHERE NOT is_committed LIMIT 1", on: database)
    joinGroups = try Statement(
      """
      INSERT OR IGNORE INTO dep_groups
        SELECT g.value FROM uploads u CROSS JOIN jobs j ON j.id BETWEEN u.first_id AND u.last_id,
          json_each(j.spec, '$.dep_grps') g
      """, on: database)
    removeAll = try Statement("DELETE FROM uploads", on: database)
  }

  private static let piecesAtOnce = 40

  func take(_ step: UploadStep) throws(StoreError) {
    switch step {
    case .stage(let upload, let jobs): try stage(jobs, upload)
    case .drop(let ids): for id in ids { _ = try live.remove(id) }
    case .commit(let upload): try set(upload, isCommitted: true)
    case .uncommit(let upload): try set(upload, isCommitted: false)
    case .join(let groups): try live.join(groups)
    case .finish(let upload):
      try finish.bind(1, upload.number)
      try finish.run()
    case .withdraw(let upload, let first):
      // Nobody may take what is left of it for all of it.
      try set(upload, isCommitted: false)
      try withdraw(from: first.number)
    }
  }

  private func stage(_ jobs: [Job], _ upload: UploadID) throws(StoreError) {
    guard let first = jobs.first, let last = jobs.last else { return }
    precondition(last.id.number - first.id.number == jobs.count - 1, "numbers with gaps")
    try insert.bind(1, first.id.number)
    try insert.bind(2, last.id.number)
    try insert.bind(3, upload.number)
    try insert.run()
    try live.insert(jobs)
  }

  private func set(_ upload: UploadID, isCommitted: Bool) throws(StoreError) {
    try setCommitted.bind(1, upload.number)
    try setCommitted.bind(2, isCommitted ? 1 : 0 as Int64)
    try setCommitted.run()
  }

  /// Removes some pieces of uploads that were not committed: as many as a transaction should have
  /// that nobody waits for.
  ///
  /// - Returns: whether none is left.
  func withdrawSome() throws(StoreError) -> Bool {
    for _ in 0..<Self.piecesAtOnce {
      guard try findLost.step() else { return true }
      let first = findLost.integer(0)
      findLost.reset()
      try withdraw(from: first)
    }
    return false
  }

  /// Removes a piece.
  private func withdraw(from first: Int64) throws(StoreError) {
    try removeJobs.bind(1, first)
    try removeJobs.run()
    try removeStates.bind(1, first)
    try removeStates.run()
    try remove.bind(1, first)
    try remove.run()
  }

  /// Notes what groups the jobs of all uploads that are left have joined; all are committed.
  func finishCommitted() throws(StoreError) {
    try joinGroups.run()
    try removeAll.run()
  }
}
