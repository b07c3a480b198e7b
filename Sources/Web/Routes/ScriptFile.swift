import Glibc
import Platform

/// Reads scripts that jobs name, of this machine.
enum ScriptFile {
  /// The longest, in bytes.
  private static let longest = 1 << 20

  /// - Parameters:
  ///   - path: as the job says it.
  ///   - home: what `~` stands for in paths of this machine.
  static func text(_ path: String, home: String) throws(JobDocumentError) -> String {
    do throws(SystemError) {
      return try text(path.hasPrefix("~/") ? home + path.dropFirst() : path)
    } catch {
      throw JobDocumentError(message: "path [\(path)] could not be read: \(error)")
    }
  }

  /// What is no regular file may never end, or never begin.
  private static func text(_ path: String) throws(SystemError) -> String {
    let file = try openFile(path, O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw SystemError(operation: "look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(code: EINVAL, operation: "read \(path), which is no regular file")
    }
    guard status.st_size <= longest else {
      throw SystemError(
        code: EFBIG, operation: "read \(path), which is longer than \(longest) bytes")
    }
    return String(decoding: try readFile(path), as: UTF8.self)
  }
}
