import Jobs

/// What is looked for among all complete jobs; what is empty or nil is not asked.
public struct HistoryQuery: Sendable, Hashable {
  /// A part of the command.
  public var text = ""
  /// A rep group.
  public var group = ""
  /// Whether a part of the rep group's name is enough.
  public var isPartOfGroup = false
  /// A host's name, ID or IP.
  public var host = ""
  /// Have ended since then.
  public var since: Timestamp?
  /// Have started until then.
  public var until: Timestamp?

  public init() {}
}

/// Searches the history, newest first: piece by piece, so that nobody else waits long for the
/// connection. Rep groups with few jobs are searched by their index alone.
final class HistorySearch {
  /// How many jobs are looked at in one piece: about 50 ms of work.
  static let pieceSize: Int64 = 10_000

  /// How many jobs groups may have to be searched by their index: it costs a sort of them all.
  private static let fewJobs: Int64 = 20_000

  private let groupCount: Statement
  private let inOrder: Statement
  private let byGroup: Statement

  init(_ database: borrowing Database) throws(StoreError) {
    let groups = "SELECT id FROM rep_groups WHERE \(Self.isMeant)"
    // The JSON is looked into only where the text stands in it somewhere: that costs a tenth.
    let conditions = """
        AND (?3 = '' OR instr(spec, ?9) > 0 AND instr(json_extract(spec, '$.cmd'), ?3) > 0)
        AND (?4 = '' OR group_id IN (\(groups)))
        AND (?6 = '' OR instr(run, ?10) > 0 AND ?6 IN (json_extract(run, '$.host'),
          json_extract(run, '$.host_id'), json_extract(run, '$.host_ip')))
        AND (?7 IS NULL OR ended_ns >= ?7) AND (?8 IS NULL OR started_ns <= ?8)
      ORDER BY id DESC
      """
    groupCount = try Statement(
      "SELECT coalesce(sum(complete), 0) FROM rep_groups WHERE \(Self.isMeant)", on: database)
    inOrder = try Statement(
      "SELECT id, key FROM history WHERE id > ?1 AND id <= ?2 \(conditions)", on: database)
    byGroup = try Statement(
      """
      SELECT id, key FROM history INDEXED BY history_by_group
      WHERE group_id IN (\(groups)) AND +id > ?1 AND +id <= ?2 \(conditions)
      """, on: database)
  }

  /// Whether a row of `rep_groups` is one that is asked for.
  private static let isMeant = "CASE WHEN ?5 THEN instr(name, ?4) > 0 ELSE name = ?4 END"

  /// Whether all that there is of the rep groups is found at once.
  func isQuick(_ query: HistoryQuery) throws(StoreError) -> Bool {
    if query.group.isEmpty { return false }
    try groupCount.bind(4, query.group)
    try groupCount.bind(5, query.isPartOfGroup ? 1 : 0 as Int64)
    defer { groupCount.reset() }
    return try groupCount.step() && groupCount.integer(0) <= Self.fewJobs
  }

  /// The jobs with row numbers above `low`, up to `high`.
  ///
  /// - Parameter isQuick: by the index of the groups.
  func find(
    _ query: HistoryQuery, above low: Int64, upTo high: Int64, isQuick: Bool
  ) throws(StoreError) -> [HistoryEntry] {
    isQuick ? try find(query, low, high, by: byGroup) : try find(query, low, high, by: inOrder)
  }

  private func find(
    _ query: HistoryQuery, _ low: Int64, _ high: Int64, by statement: borrowing Statement
  ) throws(StoreError) -> [HistoryEntry] {
    try statement.bind(1, low)
    try statement.bind(2, high)
    try statement.bind(3, query.text)
    try statement.bind(4, query.group)
    try statement.bind(5, query.isPartOfGroup ? 1 : 0 as Int64)
    try statement.bind(6, query.host)
    try statement.bind(7, query.since?.nanoseconds)
    try statement.bind(8, query.until?.nanoseconds)
    try statement.bind(9, Self.json(query.text))
    try statement.bind(10, "\"\(Self.json(query.host))\"")
    defer { statement.reset() }
    var entries: [HistoryEntry] = []
    while try statement.step() {
      entries.append(HistoryEntry(row: statement.integer(0), key: try statement.key(1)))
    }
    return entries
  }

  /// A text as it stands inside a string of the JSON that is stored.
  private static func json(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return String(decoding: json.takeBytes().dropFirst().dropLast(), as: UTF8.self)
  }
}
