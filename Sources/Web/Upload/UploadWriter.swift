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
  private let digest: MD5?
  private var temporary: TemporaryFile?

  init(_ destination: UploadDestination) {
    executor = SerialQueueExecutor(label: "upload")
    self.destination = destination
    if case .content = destination { digest = MD5() } else { digest = nil }
  }

  /// Makes the directory and the temporary file.
  func begin() throws(UploadError) {
    switch destination {
    case .path(let path):
      let path = try Self.target(of: path)
      temporary = try TemporaryFile(in: UploadDestination.parent(of: path))
    case .content(let directory):
      guard digest != nil else { throw .failed("MD5 is not available") }
      temporary = try TemporaryFile(in: directory)
    }
  }

  func write(_ bytes: [UInt8]) throws(UploadError) {
    digest?.update(bytes)
    try temporary?.write(bytes)
  }

  /// Puts the file in its place.
  /// - Returns: the path that the client is told.
  func finish() throws(UploadError) -> String {
    guard let temporary else { throw .failed("an upload that has not begun") }
    defer { self.temporary = nil }
    switch destination {
    case .path(let path):
      try temporary.rename(to: try Self.target(of: path))
      return path
    case .content(let directory):
      let path = UploadDestination.path(
        ofDigest: digest?.finish() ?? "", in: directory)
      if access(path, F_OK) == 0 { return path }
      try TemporaryFile.makeDirectories(UploadDestination.parent(of: path))
      try temporary.rename(to: path)
      return path
    }
  }

  /// Removes what was written so far.
  func abandon() { temporary = nil }

  /// The file that writing to `path` changes: a symbolic link is followed, as it would be by
  /// writing in place, and what is no regular file (a device, say) must not be replaced by one.
  private static func target(of path: String) throws(UploadError) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .failed("\(path) is no regular file") }
    guard let resolved = realpath(path, nil) else { throw .failed("cannot resolve \(path)") }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
