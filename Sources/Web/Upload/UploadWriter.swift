import Glibc
import Platform

/// Writes one upload to disk, on a thread of its own: a slow disk holds up nobody else.
///
/// The bytes go to a temporary file beside the destination, which takes the destination's name
/// once it is whole and synced; so nobody ever sees half a file.
actor UploadWriter {
  nonisolated let executor: SerialQueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let destination: UploadDestination
  private let digest = MD5()
  private var temporary: TemporaryFile?

  init(_ destination: UploadDestination) {
    executor = SerialQueueExecutor(label: "upload")
    self.destination = destination
  }

  /// Makes the directory and the temporary file.
  func begin() throws(SystemError) {
    switch destination {
    case .path(let path): temporary = try TemporaryFile(in: parentDirectory(of: Self.target(path)))
    case .content(let directory): temporary = try TemporaryFile(in: directory)
    }
  }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    if case .content = destination { digest.update(bytes) }
    try temporary?.write(bytes)
  }

  /// Puts the file in its place.
  /// - Returns: the path that the client is told.
  func finish() throws(SystemError) -> String {
    defer { temporary = nil }
    switch destination {
    case .path(let path):
      try temporary?.rename(to: Self.target(path))
      return path
    case .content(let directory):
      let path = UploadDestination.path(ofDigest: try digest.finish(), in: directory)
      // The same content: it is left untouched, its modification time too.
      if access(path, F_OK) == 0 { return path }
      try makeDirectories(parentDirectory(of: path))
      try temporary?.rename(to: path)
      return path
    }
  }

  /// Removes what was written so far.
  func abandon() { temporary = nil }

  /// The file that writing to `path` changes: a symbolic link is followed, as it would be by
  /// writing in place, and what is no regular file (a device, say) must not be replaced by one.
  private static func target(_ path: String) throws(SystemError) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(code: EISDIR, operation: "replace \(path), which is no regular file")
    }
    guard let resolved = realpath(path, nil) else {
      throw SystemError(operation: "resolve \(path)")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
