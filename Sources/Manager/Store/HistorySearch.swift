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

/// Searches the history by what no index knows: piece by piece, newest first, so that nobody else
/// waits long for the connection.
struct HistorySearch: ~Copyable {
  /// How many jobs are looked at in one piece: about 50 ms of work.
  static let pieceSize: Int64 = 10_000

  private let statement: Statement

  init(_ database: borrowing Database) throws(StoreError) {
    statement = try Statement(
      """
      SELECT id, key FROM history
      WHERE id > ?1 AND id <= ?2
        AND (?3 = '' OR instr(json_extract(spec, '$.cmd'), ?3) > 0)
        AND (?4 = '' OR group_id IN (SELECT id FROM rep_groups
          WHERE CASE WHEN ?5 THEN instr(name, ?4) > 0 ELSE name = ?4 END))
        AND (?6 = '' OR ?6 IN (json_extract(run, '$.host'), json_extract(run, '$.host_id'),
          json_extract(run, '$.host_ip')))
        AND (?7 IS NULL OR ended_ns >= ?7) AND (?8 IS NULL OR started_ns <= ?8)
      ORDER BY id DESC
      """, on: database)
  }

  /// The jobs with row numbers above `low`, up to `high`.
  borrowing func find(
    _ query: HistoryQuery, above low: Int64, upTo high: Int64
  ) throws(StoreError) -> [HistoryEntry] {
    try statement.bind(1, low)
    try statement.bind(2, high)
    try statement.bind(3, query.text)
    try statement.bind(4, query.group)
    try statement.bind(5, query.isPartOfGroup ? 1 : 0 as Int64)
    try statement.bind(6, query.host)
    try statement.bind(7, query.since?.nanoseconds)
    try statement.bind(8, query.until?.nanoseconds)
    defer { statement.reset() }
    var entries: [HistoryEntry] = []
    while try statement.step() {
      entries.append(HistoryEntry(row: statement.integer(0), key: try statement.key(1)))
    }
    return entries
  }
}
