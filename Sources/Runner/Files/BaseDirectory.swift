import Glibc
import Platform

/// The directory that a job names as its own or as the base of its unique one.
enum BaseDirectory {
  /// Makes a directory and what is missing above it (behaviour.md §6.3).
  /// - Throws: `RunnerError.system` if it is not there afterwards, or cannot be entered.
  static func make(_ path: String) throws(RunnerError) {
    if mayBeEntered(path) { return }
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      // Whether it worked shows when the whole path is opened.
      mkdir(String(path[..<end]), 0o777)
    }
    _ = try Directory(named: path)
    guard mayBeEntered(path) else {
      throw .system(SystemError(operation: "enter directory \(path)"))
    }
  }

  /// Of what is no directory, no name below it is found.
  private static func mayBeEntered(_ path: String) -> Bool { access(path + "/.", X_OK) == 0 }
}
