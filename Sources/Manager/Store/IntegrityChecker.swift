import Platform

/// Reads whole databases for what is wrong with them, on a thread of its own: it takes seconds.
actor IntegrityChecker {
  nonisolated let executor = SerialQueueExecutor(label: "integrity")
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Sentences on what is wrong with a database; empty if nothing is.
  ///
  /// - Parameter access: `.immutable` for a file nobody changes, else `.reading`.
  func problems(of path: String, access: Database.Access) throws(StoreError) -> [String] {
    try Self.problems(of: path, access: access)
  }

  /// The same on the calling thread.
  static func problems(of path: String, access: Database.Access) throws(StoreError) -> [String] {
    do throws(StoreError) {
      let database = try Database.open(path, for: access)
      try Schema.check(database)
      // One transaction, so that all checks see the same moment.
      try database.execute("BEGIN")
      let report = try database.texts("PRAGMA integrity_check(20)").filter { $0 != "ok" }
      guard report.isEmpty else { return report.map { "\(path): \($0)" } }
      var problems: [String] = []
      for (query, problem) in invariants {
        let count = try database.integer(query)
        if count > 0 { problems.append("\(path): \(problem) (\(count) times)") }
      }
      return problems
    } catch {
      guard error.isDamage else { throw error }
      return [error.message]
    }
  }

  /// Counts of what must not be, and its name.
  private static let invariants = [
    ("SELECT count(*) FROM job_states WHERE id NOT IN (SELECT id FROM jobs)", "a state has no job"),
    (
      """
      SELECT count(*) FROM outputs
        WHERE id NOT IN (SELECT id FROM jobs) AND id NOT IN (SELECT id FROM history)
      """, "an output has no job"
    ),
    (
      // But for those of uploads that are not committed: whether they are there already is found out then.
      """
      SELECT count(*) - count(DISTINCT key) FROM jobs WHERE id > ifnull(
        (SELECT CASE WHEN is_committed THEN 0 ELSE last_id END FROM uploads
          WHERE first_id <= jobs.id ORDER BY first_id DESC LIMIT 1), 0)
      """, "two live jobs have the same key"
    ),
    (
      """
      SELECT count(*) FROM history h JOIN memberships m
        ON m.key = h.key AND m.group_id = h.group_id
      """, "a complete job is twice in its group"
    ),
    (
      """
      SELECT count(*) FROM rep_groups g WHERE complete
        <> (SELECT count(*) FROM history WHERE group_id = g.id)
        + (SELECT count(*) FROM memberships m JOIN history h ON h.key = m.key
            WHERE m.group_id = g.id)
      """, "the count of a rep group is wrong"
    ),
  ]
}
