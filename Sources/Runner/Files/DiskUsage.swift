import Glibc
import Jobs
import Platform

/// How much a tree of files takes: the sum of the whole megabytes of each (behaviour.md §6.5).
struct DiskUsage {
  /// The sum so far.
  private(set) var total: Megabytes = 0
  /// How many files and directories are still looked at.
  private var budget: Int
  private let deadline: Instant

  /// - Parameters:
  ///   - budget: how many files and directories are looked at most.
  ///   - deadline: when to be content with what was counted.
  init(budget: Int = 1_000_000, until deadline: Instant) {
    self.budget = budget
    self.deadline = deadline
  }

  /// Adds what is in a directory. What vanishes meanwhile or may not be read counts nothing.
  mutating func add(_ directory: borrowing Directory) {
    guard let device = try? directory.identity().device else { return }
    add(directory, device: device, depth: 0)
  }

  private mutating func add(_ directory: borrowing Directory, device: UInt64, depth: Int) {
    guard let listing = try? directory.listing() else { return }
    while let name = listing.next() {
      budget -= 1
      guard budget > 0, budget % 256 != 0 || Instant.now < deadline else {
        budget = 0
        return
      }
      var status = stat()
      guard
        fstatat(directory.descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        total += Megabytes(Int(status.st_size >> 20))
      case S_IFDIR:
        // Each level holds a descriptor, and mounts are not the job's.
        guard UInt64(status.st_dev) == device, depth < 128 else { continue }
        if let child = try? directory.openDirectory(name) {
          add(child, device: device, depth: depth + 1)
        }
      default: continue
      }
    }
  }
}

/// Whether the volume of a job's directory has too little space left (behaviour.md §6.5).
struct FreeSpace: Hashable, Sendable {
  /// Below this a job is killed.
  static let minimumBytes: UInt64 = 104_857_600
  /// How often in a row nothing may be reported free before it is believed.
  static let doubts = 6

  private var zeroes = 0

  init() {}

  /// Takes a reading into account; nil if there is none.
  /// - Returns: whether the volume is full.
  mutating func isFull(_ freeBytes: UInt64?) -> Bool {
    guard let freeBytes else { return false }
    zeroes = freeBytes == 0 ? zeroes + 1 : 0
    return freeBytes == 0 ? zeroes > Self.doubts : freeBytes < Self.minimumBytes
  }

  /// The bytes an unprivileged process may still use on the volume of an open directory; nil if
  /// it has no blocks to count, as pseudo file systems.
  static func bytes(at directory: borrowing Directory) -> UInt64? {
    var status = statvfs()
    guard fstatvfs(directory.descriptor.number, &status) == 0, status.f_blocks > 0 else {
      return nil
    }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }
}
