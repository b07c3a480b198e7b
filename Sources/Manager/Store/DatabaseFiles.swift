import CSQLite
import Glibc
import Platform

/// The files of a database, as files. None is opened that a connection of this process has open:
/// closing it again would drop that connection's locks.
struct DatabaseFiles {
  let path: String

  /// The size of a regular file; nil if there is none of the name.
  static func size(of path: String) throws(StoreError) -> Int64? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw StoreError(SystemError(operation: "look at \(path)"))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(message: "\(path) is not a regular file")
    }
    return Int64(status.st_size)
  }

  /// Whether two names lead to one file.
  static func areSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(a, &first) == 0 && stat(b, &second) == 0
      && first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Takes the file away from everybody but its owner, whatever the umask was when it was made.
  /// SQLite gives the WAL and its index the mode of the database.
  func restrict() throws(StoreError) {
    for name in [path, path + "-wal", path + "-shm"] {
      guard chmod(name, 0o600) == 0 || errno == ENOENT else {
        throw StoreError(SystemError(operation: "make \(name) private"))
      }
    }
  }

  /// Makes the file, empty and private, in place of what is left of an earlier try.
  func makeEmpty() throws(StoreError) {
    try remove()
    do throws(SystemError) {
      let file = try openFile(path, O_RDWR | O_CREAT | O_EXCL)
      guard fchmod(file.number, 0o600) == 0 else {
        throw SystemError(operation: "make \(path) private")
      }
    } catch { throw StoreError(error) }
  }

  /// Removes the file with the WAL and index beside it.
  func remove() throws(StoreError) {
    for name in [path, path + "-wal", path + "-shm", path + "-journal"] {
      try Self.remove(name)
    }
  }

  /// Copies the content of `source` here, into a new private file, and syncs it.
  func copy(from source: String) throws(StoreError) {
    try makeEmpty()
    do throws(SystemError) {
      let from = try openFile(source, O_RDONLY)
      let to = try openFile(path, O_WRONLY)
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      while true {
        let count = uninterrupted { read(from.number, &buffer, buffer.count) }
        guard count >= 0 else { throw SystemError(operation: "read \(source)") }
        if count == 0 { break }
        try writeAll(buffer[..<count], to: to.number, path: path)
      }
      guard fsync(to.number) == 0 else { throw SystemError(operation: "sync \(path)") }
    } catch { throw StoreError(error) }
  }

  /// Copies all of a database whose WAL is empty into this file, which is empty, and syncs it.
  func copy(of database: borrowing Database) throws(StoreError) {
    var size: Int64 = 0
    var code = csqlite_file_size(database.handle, &size)
    guard code == SQLITE_OK else { throw database.error(code, "asking for its size") }
    do throws(SystemError) {
      let to = try openFile(path, O_WRONLY)
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var offset: Int64 = 0
      while offset < size {
        let count = min(Int(size - offset), buffer.count)
        code = csqlite_read_file(database.handle, &buffer, Int32(count), offset)
        guard code == SQLITE_OK else { break }
        try writeAll(buffer[..<count], to: to.number, path: path)
        offset += Int64(count)
      }
      guard fsync(to.number) == 0 else { throw SystemError(operation: "sync \(path)") }
    } catch { throw StoreError(error) }
    guard code == SQLITE_OK else { throw database.error(code, "copying it") }
  }

  /// Gives the file, synced and with no WAL beside it, the name `target`, durably.
  func rename(to target: String) throws(StoreError) {
    try Self.rename(path, to: target)
    do throws(SystemError) { try syncDirectory(parentDirectory(of: target)) } catch {
      throw StoreError(error)
    }
  }

  /// Moves the file out of the way, with its WAL, as `<path>.damaged`.
  ///
  /// The database goes first: a crash between the two leaves no database but a stray WAL, which
  /// is seen and moved the next time; the other way round a database would be left that lacks,
  /// unnoticed, what was in its WAL.
  ///
  /// - Returns: the new name of what was there; nil if there was neither.
  func setAside() throws(StoreError) -> String? {
    let aside = path + ".damaged"
    var moved: String?
    for suffix in ["", "-wal"] where try Self.size(of: path + suffix) != nil {
      try Self.rename(path + suffix, to: aside + suffix)
      moved = moved ?? aside + suffix
    }
    try Self.remove(path + "-shm")
    return moved
  }

  static func remove(_ name: String) throws(StoreError) {
    guard unlink(name) == 0 || errno == ENOENT else {
      throw StoreError(SystemError(operation: "remove \(name)"))
    }
  }

  private static func rename(_ name: String, to target: String) throws(StoreError) {
    guard Glibc.rename(name, target) == 0 else {
      throw StoreError(SystemError(operation: "rename \(name) to \(target)"))
    }
  }
}
