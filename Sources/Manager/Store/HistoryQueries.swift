import Jobs

/// A reading connection with its statements; only the `HistoryReader` has one.
final class HistoryQueries {
  private let database: Database
  private let begin: Statement
  private let end: Statement
  private let byKey: Statement
  private let byGroup: Statement
  private let membership: Statement
  private let bySubstring: Statement
  private let byRow: Statement
  private let outputByID: Statement
  private let countByGroup: Statement
  private let sumsByGroup: Statement
  private let allSums: Statement
  private let runByGroup: Statement
  private let dependants: Statement
  private let depGroup: Statement
  private let environment: Statement

  init(path: String) throws(StoreError) {
    database = try Database.open(path, for: .reading)
    begin = try Statement("BEGIN", on: database)
    end = try Statement("COMMIT", on: database)
    byKey = try Statement("SELECT id, key FROM history WHERE key = ?", on: database)
    byGroup = try Statement(
      """
      SELECT h.id AS id, h.key AS key, h.started_ns AS started_ns, h.ended_ns AS ended_ns
        FROM history h WHERE h.group_id = (SELECT id FROM rep_groups WHERE name = ?1)
      UNION ALL
      SELECT h.id, h.key, h.started_ns, h.ended_ns
        FROM memberships m CROSS JOIN history h ON h.key = m.key
        WHERE m.group_id = (SELECT id FROM rep_groups WHERE name = ?1)
      ORDER BY started_ns, ended_ns, id LIMIT ?2
      """, on: database)
    membership = try Statement(
      """
      SELECT 1 FROM history
        WHERE key = ?1 AND group_id = (SELECT id FROM rep_groups WHERE name = ?2)
      UNION ALL
      SELECT 1 FROM memberships m JOIN history h ON h.key = m.key
        WHERE m.key = ?1 AND m.group_id = (SELECT id FROM rep_groups WHERE name = ?2)
      """, on: database)
    bySubstring = try Statement(
      """
      SELECT h.id AS id, h.key AS key, h.started_ns AS started_ns, h.ended_ns AS ended_ns
        FROM rep_groups g CROSS JOIN history h ON h.group_id = g.id
        WHERE instr(g.name, ?1) > 0
      UNION
      SELECT h.id, h.key, h.started_ns, h.ended_ns
        FROM rep_groups g CROSS JOIN memberships m ON m.group_id = g.id
        CROSS JOIN history h ON h.key = m.key
        WHERE instr(g.name, ?1) > 0
      ORDER BY started_ns, ended_ns, id
      """, on: database)
    byRow = try Statement(
      """
      SELECT id, key, added_ns, spec, until_buried, attempts, requirements, run
      FROM history WHERE id = ?
      """, on: database)
    outputByID = try Statement("SELECT stdout, stderr FROM outputs WHERE id = ?", on: database)
    countByGroup = try Statement("SELECT complete FROM rep_groups WHERE name = ?", on: database)
    dependants = try Statement(
      """
      SELECT h.id, h.key, h.added_ns, h.spec, h.until_buried, h.attempts, h.requirements, h.run
      FROM group_dependants d CROSS JOIN history h ON h.key = d.key WHERE d.dep_group = ?
      """, on: database)
    depGroup = try Statement("SELECT 1 FROM dep_groups WHERE name = ?", on: database)
    environment = try Statement("SELECT entries FROM environments WHERE key = ?", on: database)
    let sums = """
      SELECT name, complete, memory_mb_sum, memory_mb_squares, disk_mb_sum, disk_mb_squares,
        walltime_s_sum, walltime_s_squares, cpu_time_s_sum, cpu_time_s_squares,
        (SELECT min(started_ns) FROM history WHERE group_id = g.id),
        (SELECT min(h.started_ns) FROM memberships m CROSS JOIN history h ON h.key = m.key
          WHERE m.group_id = g.id),
        last_ended_ns
      FROM rep_groups g WHERE complete > 0
      """
    sumsByGroup = try Statement(sums + " AND name = ?", on: database)
    allSums = try Statement(sums, on: database)
    runByGroup = try Statement(
      """
      SELECT g.name, h.run FROM history h JOIN rep_groups g ON g.id = h.group_id WHERE h.key = ?1
      UNION ALL
      SELECT g.name, h.run FROM memberships m JOIN history h ON h.key = m.key
        JOIN rep_groups g ON g.id = m.group_id WHERE m.key = ?1
      """, on: database)
  }

  /// The next piece of a search: those found, and the number below which nothing was looked at;
  /// nil if there is nothing left to look at.
  func search(
    _ query: HistoryQuery, upTo high: Int64
  ) throws(StoreError) -> (entries: [HistoryEntry], low: Int64)? {
    let last = try database.integer("SELECT coalesce(max(id), 0) FROM history")
    let high = min(high, last)
    guard high > 0 else { return nil }
    let search = try HistorySearch(database)
    let isQuick = try search.isQuick(query)
    let low = isQuick ? 0 : max(0, high - HistorySearch.pieceSize)
    return (try search.find(query, above: low, upTo: high, isQuick: isQuick), low)
  }

  /// Runs reads that see one moment of the database.
  func transaction<Result>(
    _ body: (HistoryQueries) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try begin.run()
    do throws(StoreError) {
      let result = try body(self)
      try end.run()
      return result
    } catch {
      // Nothing was written: there is nothing that failing to end it could spoil.
      if database.isInTransaction { try? database.execute("ROLLBACK") }
      throw error
    }
  }

  func entry(of key: JobKey) throws(StoreError) -> HistoryEntry? {
    try byKey.bind(1, key)
    defer { byKey.reset() }
    return try byKey.step() ? try Self.entry(byKey) : nil
  }

  /// - Parameter limit: -1 for all.
  func entries(of group: RepGroup, limit: Int) throws(StoreError) -> [HistoryEntry] {
    try byGroup.bind(1, group.text)
    try byGroup.bind(2, Int64(limit))
    return try Self.entries(byGroup)
  }

  /// Whether a job is complete and found under a group.
  func isComplete(_ key: JobKey, in group: RepGroup) throws(StoreError) -> Bool {
    try membership.bind(1, key)
    try membership.bind(2, group.text)
    defer { membership.reset() }
    return try membership.step()
  }

  func entries(containing text: String) throws(StoreError) -> [HistoryEntry] {
    try bySubstring.bind(1, text)
    return try Self.entries(bySubstring)
  }

  func job(row: Int64) throws(StoreError) -> Job? {
    try byRow.bind(1, row)
    defer { byRow.reset() }
    return try byRow.step() ? try JobRow.completeJob(byRow) : nil
  }

  /// Whether something is stored of what a job wrote.
  func hasOutput(of id: JobID) throws(StoreError) -> Bool {
    try outputByID.bind(1, id.number)
    defer { outputByID.reset() }
    return try outputByID.step()
  }

  func output(of id: JobID) throws(StoreError) -> JobOutput? {
    try outputByID.bind(1, id.number)
    defer { outputByID.reset() }
    guard try outputByID.step() else { return nil }
    return JobOutput(job: id, stdout: outputByID.text(0), stderr: outputByID.text(1))
  }

  /// The complete jobs that depend on a group.
  func dependants(of group: DepGroup) throws(StoreError) -> [Job] {
    try dependants.bind(1, group.text)
    defer { dependants.reset() }
    var jobs: [Job] = []
    while try dependants.step() {
      let job = try JobRow.completeJob(dependants)
      // A later run of the job may depend on other groups.
      if job.spec.dependsOn(anyOf: [group]) { jobs.append(job) }
    }
    return jobs
  }

  /// Whether any job has ever carried a group.
  func wasJoined(_ group: DepGroup) throws(StoreError) -> Bool {
    try depGroup.bind(1, group.text)
    defer { depGroup.reset() }
    return try depGroup.step()
  }

  func environment(_ key: EnvironmentKey) throws(StoreError) -> [String]? {
    try environment.bind(1, key.description)
    defer { environment.reset() }
    return try environment.step() ? try EnvironmentTable.entries(environment, 0) : nil
  }

  func count(of group: RepGroup) throws(StoreError) -> Int {
    try countByGroup.bind(1, group.text)
    defer { countByGroup.reset() }
    return try countByGroup.step() ? Int(countByGroup.integer(0)) : 0
  }

  /// What complete jobs have used, by group; of one group, or of all.
  func sums(of group: RepGroup?) throws(StoreError) -> [RepGroup: UsageSums] {
    guard let group else { return try Self.sums(allSums) }
    try sumsByGroup.bind(1, group.text)
    return try Self.sums(sumsByGroup)
  }

  /// What the complete job of a key has used, by each group it is found under; to be taken away.
  func lessSums(of key: JobKey) throws(StoreError) -> [RepGroup: UsageSums] {
    try runByGroup.bind(1, key)
    defer { runByGroup.reset() }
    var all: [RepGroup: UsageSums] = [:]
    while try runByGroup.step() {
      all[RepGroup(runByGroup.text(0))] = UsageSums(try JobRow.run(runByGroup, 1), times: -1)
    }
    return all
  }

  private static func sums(
    _ rows: borrowing Statement
  ) throws(StoreError) -> [RepGroup: UsageSums] {
    func pair(_ column: Int32) -> UsageSums.Sums {
      UsageSums.Sums(sum: rows.double(column), squares: rows.double(column + 1))
    }
    defer { rows.reset() }
    var all: [RepGroup: UsageSums] = [:]
    while try rows.step() {
      var sums = UsageSums()
      sums.count = Int(rows.integer(1))
      (sums.memory, sums.disk) = (pair(2), pair(4))
      (sums.walltime, sums.cpuTime) = (pair(6), pair(8))
      let starts = [rows.optionalInteger(10), rows.optionalInteger(11)].compactMap { $0 }
      sums.startedAt = starts.min().map { Timestamp(nanoseconds: $0) }
      sums.endedAt = rows.optionalInteger(12).map { Timestamp(nanoseconds: $0) }
      // Summed, because Swift takes some names for equal that differ in bytes.
      all[RepGroup(rows.text(0)), default: UsageSums()] += sums
    }
    return all
  }

  private static func entries(
    _ rows: borrowing Statement
  ) throws(StoreError) -> [HistoryEntry] {
    defer { rows.reset() }
    var entries: [HistoryEntry] = []
    while try rows.step() { entries.append(try entry(rows)) }
    return entries
  }

  private static func entry(_ row: borrowing Statement) throws(StoreError) -> HistoryEntry {
    HistoryEntry(row: row.integer(0), key: try row.key(1))
  }
}
