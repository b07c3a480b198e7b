import CLinux
import Glibc

/// The whole content of a file.
public func readFile(_ path: String) throws(SystemError) -> [UInt8] {
  let file = try openFile(path, O_RDONLY)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 16_384)
  while true {
    let count = uninterrupted { read(file.number, &buffer, buffer.count) }
    guard count >= 0 else { throw SystemError(operation: "read \(path)") }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

/// Opens a file, close-on-exec.
///
/// - Parameter mode: for a file that is created; the umask applies.
public func openFile(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError)
  -> Descriptor
{
  try Descriptor(
    checking: uninterrupted { open(path, flags | O_CLOEXEC, mode) }, "open \(path)")
}

/// Makes a system call, again for as long as a signal interrupts it: on a network file system also
/// an open may be.
///
/// - Returns: what it returned; if that is negative, `errno` says why.
public func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// Whether an open directory is where something is mounted, be it another part of the file system
/// it lies on (a bind mount, which has the same device number).
///
/// - Returns: nil where the kernel does not say: before Linux 5.8.
public func isMountPoint(_ descriptor: Int32) -> Bool? {
  let answer = clinux_is_mount_point(descriptor)
  return answer < 0 ? nil : answer == 1
}

/// Writes all bytes to a descriptor that blocks.
public func writeAll(_ bytes: some Collection<UInt8>, to descriptor: Int32, path: String)
  throws(SystemError)
{
  let bytes = Array(bytes)
  var start = 0
  while start < bytes.count {
    let count = bytes.withUnsafeBytes { bytes in
      uninterrupted { write(descriptor, bytes.baseAddress! + start, bytes.count - start) }
    }
    guard count >= 0 else { throw SystemError(operation: "write \(path)") }
    start += count
  }
}

/// Replaces a file as a whole: after a crash there is the old one or the new one. The file and its
/// directory are synced.
///
/// - Parameter mode: exactly this, whatever the umask.
public func writeFileAtomically(_ path: String, _ bytes: some Collection<UInt8>, mode: mode_t)
  throws(SystemError)
{
  let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
  do throws(SystemError) {
    let file = try openFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
    guard fchmod(file.number, mode) == 0 else { throw SystemError(operation: "chmod \(temporary)") }
    try writeAll(bytes, to: file.number, path: temporary)
    guard fsync(file.number) == 0 else { throw SystemError(operation: "sync \(temporary)") }
    guard rename(temporary, path) == 0 else {
      throw SystemError(operation: "rename \(temporary) to \(path)")
    }
  } catch {
    unlink(temporary)
    throw error
  }
  try syncDirectory(parentDirectory(of: path))
}

/// Removes what `writeFileAtomically` has left in a directory when its process was killed. Only
/// while nobody writes there.
public func removeTemporaries(in directory: String) throws(SystemError) {
  for name in try names(inDirectory: directory) {
    let parts = name.split(separator: ".")
    let numbers = parts.dropLast().suffix(2)
    if parts.count > 3, parts.last == "tmp", numbers.allSatisfy({ Int($0) != nil }) {
      unlink("\(directory)/\(name)")
    }
  }
}

/// The names of what is in a directory, without `.` and `..`, in no order.
public func names(inDirectory path: String) throws(SystemError) -> [String] {
  guard let stream = opendir(path) else { throw SystemError(operation: "list \(path)") }
  defer { closedir(stream) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = readdir(stream) else {
      guard errno == 0 else { throw SystemError(operation: "list \(path)") }
      return names
    }
    let name = withUnsafeBytes(of: &entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
}

/// Makes a renamed or new file's name durable.
public func syncDirectory(_ path: String) throws(SystemError) {
  let directory = try openFile(path, O_RDONLY | O_DIRECTORY)
  guard fsync(directory.number) == 0 else { throw SystemError(operation: "sync \(path)") }
}

/// The directory a path lies in.
public func parentDirectory(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Makes a directory and all above it that lack; one that is there is left as it is.
///
/// - Parameter mode: of those made; the umask applies.
public func makeDirectories(_ path: String, mode: mode_t = 0o777) throws(SystemError) {
  if mkdir(path, mode) == 0 { return }
  if errno == EEXIST {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    throw SystemError(code: ENOTDIR, operation: "make directory \(path)")
  }
  guard errno == ENOENT else { throw SystemError(operation: "make directory \(path)") }
  let parent = parentDirectory(of: path)
  guard parent != path else { throw SystemError(code: ENOENT, operation: "make directory \(path)") }
  try makeDirectories(parent, mode: mode)
  // Another may have made it meanwhile.
  guard mkdir(path, mode) == 0 || errno == EEXIST else {
    throw SystemError(operation: "make directory \(path)")
  }
}

/// Bytes nobody can guess: getrandom(2).
public func randomBytes(_ count: Int) throws(SystemError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var filled = 0
  while filled < count {
    let got = bytes.withUnsafeMutableBytes { bytes in
      uninterrupted { clinux_getrandom(bytes.baseAddress! + filled, count - filled) }
    }
    guard got >= 0 else { throw SystemError(operation: "get random bytes") }
    filled += got
  }
  return bytes
}

/// A lock on a file that is held by one process at a time and goes with it (fcntl(2), F_SETLK).
/// No other descriptor of the file may be opened and closed in this process meanwhile.
public struct FileLock: ~Copyable, Sendable {
  private let file: Descriptor

  /// - Returns: nil if another process holds it.
  public static func acquire(_ path: String) throws(SystemError) -> FileLock? {
    let file = try openFile(path, O_RDWR | O_CREAT)
    var whole = wholeFile
    guard fcntl(file.number, F_SETLK, &whole) == 0 else {
      if errno == EACCES || errno == EAGAIN { return nil }
      throw SystemError(operation: "lock \(path)")
    }
    return FileLock(file: file)
  }

  /// The process that holds the lock on a file; nil if none does.
  public static func holder(of path: String) throws(SystemError) -> pid_t? {
    let file: Descriptor
    do throws(SystemError) {
      file = try openFile(path, O_RDWR)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
    var whole = wholeFile
    guard fcntl(file.number, F_GETLK, &whole) == 0 else {
      throw SystemError(operation: "look at the lock on \(path)")
    }
    return whole.l_type == Int16(F_UNLCK) ? nil : whole.l_pid
  }

  private static var wholeFile: flock {
    flock(
      l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
  }
}
