import Glibc
import Platform

/// Removes and measures trees of files without ever following a symbolic link or leaving the
/// file system they begin in.
enum DirectoryTree {
  /// How deep removal descends at once: each level holds a descriptor.
  static let removalDepth = 64

  /// Removes all that is in `directory`, but not itself.
  ///
  /// Directories that forbid it to their owner are made writable. What lies on another file
  /// system or is mounted stays, and `directory` itself must not be a mount.
  /// - Throws: the first thing that could not be removed, after all else is gone.
  static func removeContents(of directory: borrowing Directory) throws(RunnerError) {
    try directory.refuseIfMountPoint()
    var removal = Removal(device: try directory.identity().device)
    repeat {
      removal.movedUp = 0
      try removal.removeContents(of: directory, top: directory, depth: 0)
    } while removal.movedUp > 0
    if let failure = removal.failure { throw failure }
  }

  private struct Removal {
    let device: UInt64
    var failure: RunnerError?
    /// Directories that were too deep, and now wait right below the top for another pass.
    var movedUp = 0
    var named = 0

    mutating func removeContents(
      of directory: borrowing Directory, top: borrowing Directory, depth: Int
    ) throws(RunnerError) {
      let parent = directory.descriptor.number
      let listing = try directory.listing()
      while let name = listing.next() {
        if unlinkat(parent, name, 0) == 0 { continue }
        if errno == EACCES, fchmod(parent, 0o700) == 0, unlinkat(parent, name, 0) == 0 { continue }
        if errno == ENOENT { continue }
        guard errno == EISDIR else {
          fail(.system(SystemError(operation: "remove \(directory.path(of: name))")))
          continue
        }
        // Most are empty, and need not be opened to see that.
        if unlinkat(parent, name, AT_REMOVEDIR) == 0 { continue }
        do throws(RunnerError) {
          if depth == DirectoryTree.removalDepth {
            try moveUp(name, from: directory, to: top)
          } else {
            try removeDirectory(name, in: directory, top: top, depth: depth)
          }
        } catch {
          fail(error)
        }
      }
    }

    private mutating func removeDirectory(
      _ name: UnsafePointer<CChar>, in parent: borrowing Directory, top: borrowing Directory,
      depth: Int
    ) throws(RunnerError) {
      let directory = try openForRemoval(name, in: parent)
      guard try directory.identity().device == device else {
        throw .notOurs("\(directory.path) is on another file system")
      }
      try directory.refuseIfMountPoint()
      // Some file systems skip names while others are removed from under a listing.
      for _ in 0..<3 {
        try removeContents(of: directory, top: top, depth: depth + 1)
        if unlinkat(parent.descriptor.number, name, AT_REMOVEDIR) == 0 || errno == ENOENT {
          return
        }
        guard errno == ENOTEMPTY, failure == nil else { break }
      }
      throw .system(SystemError(operation: "remove directory \(directory.path)"))
    }

    /// Takes a directory out of the depth, so that a tree of any depth can be removed.
    private mutating func moveUp(
      _ name: UnsafePointer<CChar>, from directory: borrowing Directory, to top: borrowing Directory
    ) throws(RunnerError) {
      named += 1
      let target = ".wr-removal-\(named)"
      guard renameat(directory.descriptor.number, name, top.descriptor.number, target) == 0 else {
        throw .system(SystemError(operation: "move a directory out of \(directory.path)"))
      }
      movedUp += 1
    }

    private func openForRemoval(_ name: UnsafePointer<CChar>, in parent: borrowing Directory)
      throws(RunnerError) -> Directory
    {
      do throws(RunnerError) {
        return try parent.openDirectory(name)
      } catch .system(let error) where error.code == EACCES {
        // A directory without permissions can be opened only as a place, and changed only by
        // the name that /proc gives to that.
        let place = openat(
          parent.descriptor.number, name, Self.placeOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard place >= 0 else { throw .system(error) }
        let owner = Descriptor(owning: place)
        guard chmod("/proc/self/fd/\(owner.number)", 0o700) == 0 else { throw .system(error) }
        return try parent.openDirectory(name)
      }
    }

    /// `O_PATH` of open(2), which the Glibc module lacks.
    private static let placeOnly: Int32 = 0o10000000

    private mutating func fail(_ error: RunnerError) { failure = failure ?? error }
  }
}
