import Glibc
import Platform

/// How many bytes may be written to the file system of a file, at most; nil if nobody knows.
func freeSpace(besides path: String) -> Int64? {
  var status = statvfs()
  guard statvfs(parentDirectory(of: path), &status) == 0 else { return nil }
  return Int64(clamping: status.f_bavail) * Int64(clamping: status.f_frsize)
}

/// A file that does nothing but take up space, which is given back when the disk is full and the
/// end of a running job has to be written (decision 38).
struct DiskReserve {
  /// How much is kept: 4 MB.
  static let size: Int64 = 4 << 20

  let path: String
  /// Whether the space is kept now.
  private(set) var isFilled = false

  init(path: String) { self.path = path }

  /// Takes over what the manager before has left, which is worth most if the disk has become full
  /// since.
  mutating func adopt() {
    var status = stat()
    guard !isFilled, stat(path, &status) == 0 else { return }
    isFilled = status.st_size == Self.size && Int64(status.st_blocks) * 512 >= Self.size
  }

  /// Takes the space, unless it is taken already or what would then be left is less than as much
  /// again.
  mutating func fill() {
    adopt()
    guard !isFilled else { return }
    guard let free = freeSpace(besides: path), free >= 2 * Self.size else { return }
    // A reserve is a comfort: where it cannot be had, the store works without.
    guard let file = try? openFile(path, O_RDWR | O_CREAT | O_NOFOLLOW) else { return }
    guard fchmod(file.number, 0o600) == 0, posix_fallocate(file.number, 0, off_t(Self.size)) == 0
    else {
      ftruncate(file.number, 0)
      return
    }
    isFilled = true
  }

  /// Gives the space back.
  ///
  /// - Returns: whether there was any.
  mutating func release() -> Bool {
    guard isFilled else { return false }
    isFilled = false
    return truncate(path, 0) == 0
  }
}
