import Glibc
import Platform

/// An open directory, by which what is in it is reached without looking at its path again.
struct Directory: ~Copyable {
  let descriptor: Descriptor
  /// For messages only.
  let path: String

  /// Opens a directory that a user named; symbolic links on the way are followed.
  init(named path: String) throws(RunnerError) {
    try self.init(owning: uninterrupted { open(path, Self.flags) }, path: path)
  }

  private init(owning number: Int32, path: String) throws(RunnerError) {
    guard number >= 0 else { throw .system(SystemError(operation: "open directory \(path)")) }
    descriptor = Descriptor(owning: number)
    self.path = path
  }

  /// Opens a directory in this one; a symbolic link is refused.
  func openDirectory(_ name: UnsafePointer<CChar>) throws(RunnerError) -> Directory {
    try Directory(
      owning: uninterrupted { openat(descriptor.number, name, Self.flags | O_NOFOLLOW) },
      path: self.path(of: name))
  }

  /// Refuses a directory that something is mounted on: what is in it then is not ours.
  func refuseIfMountPoint() throws(RunnerError) {
    if isMountPoint(descriptor.number) == true {
      throw .notOurs("something is mounted on \(path)")
    }
  }

  /// The path of something in this directory, for messages.
  func path(of name: UnsafePointer<CChar>) -> String { "\(path)/\(String(cString: name))" }

  /// Makes a directory in this one.
  /// - Returns: false if something of that name was there.
  func makeDirectory(_ name: String, mode: mode_t) throws(RunnerError) -> Bool {
    if mkdirat(descriptor.number, name, mode) == 0 { return true }
    if errno == EEXIST { return false }
    throw .system(SystemError(operation: "make directory \(path)/\(name)"))
  }

  /// Removes an empty directory in this one.
  /// - Returns: false if it is not empty. True if it was not there, too.
  func removeDirectory(_ name: String) throws(RunnerError) -> Bool {
    if unlinkat(descriptor.number, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
    if errno == ENOTEMPTY || errno == EEXIST { return false }
    throw .system(SystemError(operation: "remove directory \(path)/\(name)"))
  }

  /// What names this directory for as long as it exists.
  func identity() throws(RunnerError) -> FileIdentity {
    var status = stat()
    guard fstat(descriptor.number, &status) == 0 else {
      throw .system(SystemError(operation: "look at \(path)"))
    }
    return FileIdentity(status)
  }

  /// Begins to list what is in the directory.
  func listing() throws(RunnerError) -> DirectoryListing {
    // The listing takes its descriptor over, so it gets one of its own, with its own position.
    let copy = uninterrupted { openat(descriptor.number, ".", Self.flags) }
    guard copy >= 0, let stream = fdopendir(copy) else {
      let error = SystemError(operation: "list \(path)")
      if copy >= 0 { close(copy) }
      throw .system(error)
    }
    return DirectoryListing(stream)
  }

  private static var flags: Int32 { O_RDONLY | O_DIRECTORY | O_CLOEXEC }
}

/// The names in a directory one after the other, as the bytes they are.
struct DirectoryListing: ~Copyable {
  private let stream: OpaquePointer

  fileprivate init(_ stream: OpaquePointer) { self.stream = stream }

  deinit { closedir(stream) }

  /// The next name; never `.` or `..`. It lives until the next call; nil at the end.
  func next() -> UnsafePointer<CChar>? {
    while let entry = readdir(stream) {
      let start = UnsafeRawPointer(entry) + Self.nameOffset
      let name = start.assumingMemoryBound(to: CChar.self)
      if strcmp(name, ".") != 0, strcmp(name, "..") != 0 { return name }
    }
    return nil
  }

  /// Where the name begins: after number, offset, length and kind (readdir(3)).
  private static let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
}

/// A file for as long as it exists: no other has these two numbers at the same time.
struct FileIdentity: Hashable, Sendable {
  var device: UInt64
  var inode: UInt64

  init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
