import CSQLite
import Glibc
import Platform

/// A copy of the database that is made in steps, between which its one writer may write: SQLite
/// then writes changed pages to the copy too, because they come from the same connection
/// (sqlite.org/c3ref/backup_finish.html). It must end before that connection closes.
final class OnlineBackup {
  static let givenUp = StoreError(message: "the backup was given up")

  private let path: String
  private var destination: Database?
  /// nil once it has ended.
  private var handle: OpaquePointer?

  /// - Parameter path: an empty file.
  init(of source: borrowing Database, to path: String) throws(StoreError) {
    self.path = path
    let destination = try Database.open(path, for: .writing)
    // Nobody reads the copy before it is whole and synced as a file.
    try destination.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    guard let handle = sqlite3_backup_init(destination.handle, "main", source.handle, "main")
    else {
      throw destination.error(sqlite3_errcode(destination.handle), "the start of a backup")
    }
    self.handle = handle
    self.destination = consume destination
  }

  deinit { close() }

  /// Copies so many pages more.
  ///
  /// - Parameter pages: -1 for all that are left.
  /// - Returns: whether all is copied.
  /// - Throws: also if it was given up meanwhile.
  func step(pages: Int32) throws(StoreError) -> Bool {
    guard let handle else { throw Self.givenUp }
    let code = sqlite3_backup_step(handle, pages)
    switch code {
    case SQLITE_OK: return false
    case SQLITE_DONE: return true
    default: throw StoreError(code: code, from: nil, path: path, doing: "a backup")
    }
  }

  /// Syncs and closes the copy, of which all is there.
  func finish() throws(StoreError) {
    close()
    do throws(SystemError) {
      let file = try openFile(path, O_RDWR)
      guard fsync(file.number) == 0 else { throw SystemError(operation: "sync \(path)") }
    } catch { throw StoreError(error) }
  }

  /// Ends it before its time and removes the copy.
  func giveUp() {
    close()
    // What stays is removed before the next backup is made.
    unlink(path)
  }

  private func close() {
    sqlite3_backup_finish(handle)
    handle = nil
    destination = nil
  }
}
