import Glibc
import Platform

/// A file that is removed unless it is given its final name.
final class TemporaryFile {
  private let path: String
  private let file: Descriptor
  private var isRenamed = false

  /// Makes an empty file, readable for its owner only, and the directory it is in if that lacks.
  init(in directory: String) throws(SystemError) {
    try makeDirectories(directory)
    path = "\(directory)/.wr-upload.\(getpid()).\(UInt64.random(in: 0...UInt64.max)).tmp"
    file = try openFile(path, O_WRONLY | O_CREAT | O_EXCL)
  }

  deinit { if !isRenamed { unlink(path) } }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    try writeAll(bytes, to: file.number, path: path)
  }

  /// Syncs the file, gives it its final name in whatever is there, and syncs the directory.
  func rename(to final: String) throws(SystemError) {
    // Whatever the umask: its owner can read and write it.
    guard fchmod(file.number, 0o600) == 0, fsync(file.number) == 0 else {
      throw SystemError(operation: "sync \(path)")
    }
    guard Glibc.rename(path, final) == 0 else {
      throw SystemError(operation: "rename \(path) to \(final)")
    }
    isRenamed = true
    try syncDirectory(parentDirectory(of: final))
  }
}
