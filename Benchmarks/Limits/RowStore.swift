import CSQLite
import Platform

/// The least that durable rows can cost: a table of keys and texts in a SQLite database with a
/// write-ahead log that is synced at each commit, and nothing else.
final class RowStore {
  private var database: OpaquePointer?
  private var insert: OpaquePointer?
  private var number: Int64 = 0

  /// What SQLite does for programs of which several threads use a connection, or which ask how much
  /// memory it takes, the manager has switched off; so it is here.
  private static let configured = csqlite_count_no_memory()
  private static let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX

  /// Opens a database, for `run`.
  init(existing path: String) throws(SystemError) {
    guard Self.configured == SQLITE_OK,
      sqlite3_open_v2(path, &database, Self.flags, nil) == SQLITE_OK
    else { throw Self.failure("open \(path)") }
  }

  convenience init(_ path: String) throws(SystemError) {
    try self.init(existing: path)
    try run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    try run("CREATE TABLE jobs (id INTEGER PRIMARY KEY, key BLOB NOT NULL, spec TEXT NOT NULL)")
    guard
      sqlite3_prepare_v2(database, "INSERT INTO jobs VALUES (?, ?, ?)", -1, &insert, nil)
        == SQLITE_OK
    else { throw Self.failure("prepare a statement") }
  }

  deinit {
    sqlite3_finalize(insert)
    sqlite3_close(database)
  }

  /// Commits so many rows of a 16 byte key and a text of so many bytes, in one transaction.
  func commit(rows: Int, bytes: Int) throws(SystemError) {
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
    try run("BEGIN IMMEDIATE")
    for _ in 0..<rows {
      number += 1
      sqlite3_bind_int64(insert, 1, number)
      csqlite_bind_blob(insert, 2, text, 16)
      csqlite_bind_text(insert, 3, text, Int32(bytes))
      guard sqlite3_step(insert) == SQLITE_DONE else { throw Self.failure("insert a row") }
      sqlite3_reset(insert)
    }
    try run("COMMIT")
  }

  /// Runs statements without results.
  func run(_ sql: String) throws(SystemError) {
    guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
      throw Self.failure("run \(sql)")
    }
  }

  private static func failure(_ operation: String) -> SystemError {
    SystemError(code: 5, operation: "SQLite: \(operation)")
  }
}
