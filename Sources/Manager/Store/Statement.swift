import CSQLite
import Jobs

/// A prepared SQL statement, to be bound, stepped and reset as often as needed; finalised when it
/// goes, which must be no later than its connection.
struct Statement: ~Copyable {
  private let handle: OpaquePointer
  private let path: String

  init(_ sql: String, on database: borrowing Database) throws(StoreError) {
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(
      database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw database.error(code, sql) }
    self.handle = handle
    path = database.path
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Values in, numbered from 1

  func bind(_ index: Int32, _ value: Int64) throws(StoreError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  func bind(_ index: Int32, _ value: Int64?) throws(StoreError) {
    if let value { try bind(index, value) } else { try bindNull(index) }
  }

  func bind(_ index: Int32, _ value: Double) throws(StoreError) {
    try check(sqlite3_bind_double(handle, index, value))
  }

  func bind(_ index: Int32, _ text: String) throws(StoreError) {
    var text = text
    let code = text.withUTF8 { bytes in
      csqlite_bind_text(handle, index, bytes.baseAddress, Int32(clamping: bytes.count))
    }
    try check(code)
  }

  /// Binds text that is UTF-8 already.
  func bind(_ index: Int32, utf8: [UInt8]) throws(StoreError) {
    try utf8.withUnsafeBufferPointer { (bytes) throws(StoreError) in
      try bind(index, utf8: bytes)
    }
  }

  func bind(_ index: Int32, utf8: UnsafeBufferPointer<UInt8>) throws(StoreError) {
    try check(csqlite_bind_text(handle, index, utf8.baseAddress, Int32(clamping: utf8.count)))
  }

  /// Binds UTF-8 text that is not copied: it must stay where it is until the statement was run.
  func lend(_ index: Int32, utf8: UnsafeBufferPointer<UInt8>) throws(StoreError) {
    let text = UnsafeRawPointer(utf8.baseAddress!).assumingMemoryBound(to: CChar.self)
    try check(sqlite3_bind_text(handle, index, text, Int32(clamping: utf8.count), nil))
  }

  /// Binds a key as 16 bytes whose hexadecimal form is the key's text.
  func bind(_ index: Int32, _ key: JobKey) throws(StoreError) {
    let words = (key.low.bigEndian, key.high.bigEndian)
    let code = withUnsafeBytes(of: words) { bytes in
      csqlite_bind_blob(handle, index, bytes.baseAddress, 16)
    }
    try check(code)
  }

  func bindNull(_ index: Int32) throws(StoreError) {
    try check(sqlite3_bind_null(handle, index))
  }

  // MARK: Steps

  /// Goes to the next row.
  ///
  /// - Returns: false if there is none; the statement is then ready to be run again.
  /// - Throws: what SQLite says; the statement is then ready to be run again.
  func step() throws(StoreError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    // Made before the reset, which clears what the connection says of the error.
    let error = code == SQLITE_DONE ? nil : failure(code)
    sqlite3_reset(handle)
    if let error { throw error }
    return false
  }

  /// Runs a statement whose rows, if it has any, do not matter.
  func run() throws(StoreError) {
    while try step() {}
  }

  /// Runs an INSERT, UPDATE or DELETE.
  ///
  /// - Returns: whether it has touched a row.
  func change() throws(StoreError) -> Bool {
    try run()
    return sqlite3_changes(sqlite3_db_handle(handle)) > 0
  }

  /// Ends a run before its last row.
  func reset() { sqlite3_reset(handle) }

  // MARK: Values out, numbered from 0

  func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  func optionalInteger(_ column: Int32) -> Int64? {
    isNull(column) ? nil : integer(column)
  }

  func text(_ column: Int32) -> String {
    String(decoding: buffer(column), as: UTF8.self)
  }

  func bytes(_ column: Int32) -> [UInt8] { Array(buffer(column)) }

  /// The key in a column; throws if it is not 16 bytes.
  func key(_ column: Int32) throws(StoreError) -> JobKey {
    let bytes = buffer(column)
    guard bytes.count == 16 else {
      throw StoreError.damaged(path, "a key has \(bytes.count) bytes instead of 16")
    }
    return JobKey(
      low: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  /// Throws that the row at hand is not what it should be.
  func damage(_ what: String) -> StoreError { .damaged(path, what) }

  /// What is in a column, valid until the next step.
  private func buffer(_ column: Int32) -> UnsafeRawBufferPointer {
    // In this order: the size is that of what the first call has converted to.
    let start = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }

  private func check(_ code: Int32) throws(StoreError) {
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> StoreError {
    let sql = String(cString: sqlite3_sql(handle))
    return StoreError(
      code: code, from: sqlite3_db_handle(handle), path: path, doing: String(sql.prefix(80)))
  }
}
