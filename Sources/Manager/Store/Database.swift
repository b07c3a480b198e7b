import CSQLite
import Glibc

/// A connection to an SQLite database; closes it when it goes.
struct Database: ~Copyable {
  /// What a connection is for.
  enum Access {
    /// The one connection that writes and checkpoints.
    case writing
    /// Reads beside the writer, never checkpoints.
    case reading
    /// Reads a file that nobody changes, and makes no files beside it.
    case immutable
  }

  let handle: OpaquePointer
  let path: String

  /// Opens a file that is there.
  static func open(_ path: String, for access: Access) throws(StoreError) -> Database {
    let flags =
      switch access {
      case .writing: SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
      case .reading: SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
      case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
      }
    let name = access == .immutable ? immutableURI(path) : path
    guard configured == SQLITE_OK else {
      throw StoreError(code: configured, from: nil, path: path, doing: "setting SQLite up")
    }
    var handle: OpaquePointer?
    let code = sqlite3_open_v2(name, &handle, flags, nil)
    guard code == SQLITE_OK, let handle else {
      let error = StoreError(code: code, from: handle, path: path, doing: "opening it")
      sqlite3_close_v2(handle)
      throw error
    }
    let database = Database(owning: handle, path: path)
    try database.prepare(for: access)
    return database
  }

  /// What setting SQLite up has given, which is done once, before there is a connection.
  private static let configured = csqlite_count_no_memory()

  private init(owning handle: OpaquePointer, path: String) {
    self.handle = handle
    self.path = path
  }

  deinit { sqlite3_close_v2(handle) }

  private func prepare(for access: Access) throws(StoreError) {
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, 10_000)
    // A WAL that may be needed for a rescue is not to be folded in by a mere close.
    keepWALOnClose(true)
    // Checkpoints are the writer's, which makes them where it sees their errors.
    sqlite3_wal_autocheckpoint(handle, 0)
    try execute("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0")
    switch access {
    case .writing:
      try execute(
        "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA cache_size = -32768;"
          + "PRAGMA journal_size_limit = 33554432")
    case .reading, .immutable:
      try execute("PRAGMA query_only = ON; PRAGMA cache_size = -16384")
    }
  }

  /// Runs statements that take no values and whose rows do not matter.
  func execute(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, sql) }
  }

  /// The integer that a query gives; 0 if it gives no row.
  func integer(_ sql: String) throws(StoreError) -> Int64 {
    let statement = try Statement(sql, on: self)
    return try statement.step() ? statement.integer(0) : 0
  }

  /// The texts of the first column that a query gives.
  func texts(_ sql: String) throws(StoreError) -> [String] {
    let statement = try Statement(sql, on: self)
    var texts: [String] = []
    while try statement.step() { texts.append(statement.text(0)) }
    return texts
  }

  /// Whether the last connection, when it closes, leaves the WAL as it is.
  func keepWALOnClose(_ keep: Bool) {
    csqlite_keep_wal_on_close(handle, keep ? 1 : 0)
  }

  /// Whether a transaction is open.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Moves what is in the WAL into the database file and syncs it.
  ///
  /// - Parameter mode: `SQLITE_CHECKPOINT_…`; all but PASSIVE wait for readers.
  func checkpoint(_ mode: Int32) throws(StoreError) {
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, nil, nil)
    guard code == SQLITE_OK else { throw error(code, "a checkpoint") }
  }

  func error(_ code: Int32, _ doing: String) -> StoreError {
    StoreError(code: code, from: handle, path: path, doing: doing)
  }

  /// `path` as an SQLite URI (sqlite.org/uri.html).
  private static func immutableURI(_ path: String) -> String {
    var uri: [UInt8] = Array("file:".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        uri.append(byte)
      default: uri += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: uri, as: UTF8.self) + "?immutable=1"
  }
}
