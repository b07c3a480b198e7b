import Glibc
import Platform

/// A file that does nothing but take up space, which is given back when the disk is full and the
/// end of a running job has to be written (decision 38).
struct DiskReserve {
  /// How much is kept: 4 MB.
  static let size: Int64 = 4 << 20

  let path: String
  /// Whether the space is kept now.
  private(set) var isFilled = false

  init(path: String) { self.path = path }

  /// Takes the space, unless what would then be left is less than as much again.
  mutating func fill() {
    guard !isFilled else { return }
    var status = statvfs()
    guard statvfs(parentDirectory(of: path), &status) == 0 else { return }
    let free = Int64(clamping: status.f_bavail) * Int64(clamping: status.f_frsize)
    guard free >= 2 * Self.size else { return }
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
