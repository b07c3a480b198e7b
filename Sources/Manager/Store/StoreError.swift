import CSQLite
import Glibc
import Jobs
import Platform

/// Why the store cannot do what it was asked.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SQLite's extended result code, or 0.
  public var code: Int32
  /// A sentence.
  public var message: String
  /// The disk is full or over quota: adds are refused with 507.
  public var isFull: Bool
  public var description: String { message }

  public init(code: Int32 = 0, message: String, isFull: Bool = false) {
    self.code = code
    self.message = message
    self.isFull = isFull
  }

  /// The result code without its extension.
  private var primaryCode: Int32 { code & 0xff }

  /// The file's content is not what it should be.
  var isDamage: Bool { primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB }

  /// Nobody knows what of the last writes has reached the disk: the connection is not to be used
  /// any more.
  var leavesDoubt: Bool { primaryCode == SQLITE_IOERR || isDamage }

  /// The content of `path` is not what it should be.
  static func damaged(_ path: String, _ what: String) -> StoreError {
    StoreError(code: SQLITE_CORRUPT, message: "\(path): \(what)")
  }

  /// SQLITE_IOERR_SHMSIZE, a macro that Swift does not import: the WAL's index cannot grow.
  private static let noSpaceForIndex = SQLITE_IOERR | 19 << 8

  /// What SQLite has just refused to do.
  ///
  /// - Parameters:
  ///   - doing: the statement or what was tried, in words.
  init(code: Int32, from database: OpaquePointer?, path: String, doing: String) {
    let reason =
      database.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
    let number = database.map { sqlite3_system_errno($0) } ?? 0
    let primary = code & 0xff
    // SQLite maps only ENOSPC to SQLITE_FULL, and only in writes; a quota is an I/O error to it.
    // The error number is that of the last failed call, which counts only for errors of that kind.
    let isIO = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
    let isFull =
      primary == SQLITE_FULL || code == Self.noSpaceForIndex
      || isIO && (number == ENOSPC || number == EDQUOT)
    let cause = isIO && number != 0 ? ", " + String(cString: strerror(number)) : ""
    self.init(
      code: code, message: "\(path): \(reason) (SQLite \(code)\(cause)) in \(doing)",
      isFull: isFull)
  }

  /// A file operation around the database has failed.
  init(_ error: SystemError) {
    self.init(
      message: error.description, isFull: error.code == ENOSPC || error.code == EDQUOT)
  }
}
