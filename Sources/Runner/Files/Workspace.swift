import Glibc
import Jobs
import Platform

/// The unique directory a runner made for an attempt (behaviour.md §3.5). Its calls block.
struct Workspace: Hashable, Sendable {
  let paths: WorkspacePaths
  /// The unique directory as it was when it was made: the proof that it is ours to remove
  /// (decision 25).
  let identity: FileIdentity

  /// How often the directories are made again after a concurrent removal of empty ones. Many, for
  /// each costs little, and with every one that fails another attempt has got on.
  static let tries = 100

  /// Takes a recorded directory up again.
  init(paths: WorkspacePaths, identity: FileIdentity) {
    self.paths = paths
    self.identity = identity
  }

  /// Makes the directories; the base directory must be there.
  /// - Throws: `RunnerError`; after `.system`, what was made stays for `removeUnfinished`, which is
  ///   tried again where this may not be.
  init(making paths: WorkspacePaths) throws(RunnerError) {
    var tries = Self.tries
    while true {
      tries -= 1
      do throws(RunnerError) {
        self.init(paths: paths, identity: try Self.make(paths))
        return
      } catch .system(let error) where error.code == ENOENT && tries > 0 {
        continue
      }
    }
  }

  private static func make(_ paths: WorkspacePaths) throws(RunnerError) -> FileIdentity {
    var parent = try Directory(named: paths.base)
    for name in paths.parents {
      _ = try parent.makeDirectory(name, mode: 0o777)
      parent = try parent.openDirectory(name)
    }
    // From then on the parents are not empty, so nobody removes them; until then it is tried again.
    guard try parent.makeDirectory(paths.name, mode: 0o700) else {
      throw .notOurs("\(paths.unique) is there already")
    }
    let unique = try parent.openDirectory(paths.name)
    _ = try unique.makeDirectory("cwd", mode: 0o777)
    _ = try unique.makeDirectory("tmp", mode: 0o777)
    return try unique.identity()
  }

  /// Removes the directory for temporary files and what is in it.
  func removeTemporary() throws(RunnerError) {
    guard let unique = try openUnique() else { return }
    do throws(RunnerError) {
      try DirectoryTree.removeContents(of: try unique.openDirectory("tmp"))
    } catch .system(let error) where error.code == ENOENT {
      return
    }
    _ = try unique.removeDirectory("tmp")
  }

  /// Removes the unique directory with all that is in it, then its parents while they are empty,
  /// never the base. What is gone already may be.
  func remove() throws(RunnerError) {
    do throws(RunnerError) {
      try remove(below: paths.parents[...], in: Directory(named: paths.base))
    } catch .system(let error) where error.code == ENOENT {
      try Self.removeUnfinished(paths)
    }
  }

  /// Removes the unique directory below `parents`, then those above it as far as that is possible:
  /// they may be another's, in use, or gone.
  private func remove(
    below parents: ArraySlice<String>, in directory: borrowing Directory
  ) throws(RunnerError) {
    if let first = parents.first {
      try remove(below: parents.dropFirst(), in: directory.openDirectory(first))
      _ = try? directory.removeDirectory(first)
      return
    }
    let unique = try directory.openDirectory(paths.name)
    try refuse(unlessOurs: unique)
    // Most often nothing is in it any more, which need not be listed.
    let isEmpty = ["cwd", "tmp"].allSatisfy { (try? unique.removeDirectory($0)) == true }
    if isEmpty, (try? directory.removeDirectory(paths.name)) == true { return }
    try DirectoryTree.removeContents(of: unique)
    guard try directory.removeDirectory(paths.name) else {
      throw .notOurs("\(paths.unique) was filled while it was removed")
    }
  }

  /// Removes what there is of directories that a runner host has begun to make, or to remove, when
  /// it was killed. Nothing can have run in them: only what is empty goes.
  static func removeUnfinished(_ paths: WorkspacePaths) throws(RunnerError) {
    try whereThere { () throws(RunnerError) in
      try removeUnfinished(paths.parents[...], paths.name, in: Directory(named: paths.base))
    }
  }

  private static func removeUnfinished(
    _ parents: ArraySlice<String>, _ name: String, in directory: borrowing Directory
  ) throws(RunnerError) {
    guard let first = parents.first else {
      let unique = try directory.openDirectory(name)
      for part in ["cwd", "tmp"] { _ = try unique.removeDirectory(part) }
      _ = try directory.removeDirectory(name)
      return
    }
    let parent = try directory.openDirectory(first)
    try whereThere { () throws(RunnerError) in
      try removeUnfinished(parents.dropFirst(), name, in: parent)
    }
    _ = try directory.removeDirectory(first)
  }

  private static func whereThere(_ body: () throws(RunnerError) -> Void) throws(RunnerError) {
    do throws(RunnerError) { try body() } catch .system(let error) where error.code == ENOENT {}
  }

  /// Adds up what the job keeps in its directories (behaviour.md §6.5).
  func usage(until deadline: Instant) -> Megabytes {
    var usage = DiskUsage(until: deadline)
    if let unique = try? openUnique() { usage.add(unique) }
    return usage.total
  }

  /// Opens the unique directory, from the base down, without following a symbolic link.
  /// - Returns: nil if it is not there.
  /// - Throws: `RunnerError.notOurs` if something else is there.
  private func openUnique() throws(RunnerError) -> Directory? {
    do throws(RunnerError) {
      var directory = try Directory(named: paths.base)
      for name in paths.parents + [paths.name] { directory = try directory.openDirectory(name) }
      try refuse(unlessOurs: directory)
      return directory
    } catch .system(let error) where error.code == ENOENT {
      return nil
    }
  }

  private func refuse(unlessOurs directory: borrowing Directory) throws(RunnerError) {
    guard try directory.identity() == identity else {
      throw .notOurs("\(paths.unique) is not the directory that was made for this attempt")
    }
  }
}
