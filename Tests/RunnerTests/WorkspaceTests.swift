import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

private let key = JobKey("58cef10e7a340c3b7fa09ea304a3cb98")!

private func mode(_ path: String) -> mode_t {
  var status = stat()
  return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

struct WorkspaceTests {
  private let scratch: Scratch
  private let paths: WorkspacePaths

  init() {
    scratch = Scratch()
    scratch.directory("base dir")
    paths = WorkspacePaths(base: scratch["base dir"], key: key, suffix: "123")
  }

  @Test func theDirectoriesAreMadeWithTheirModes() throws {
    _ = try Workspace(making: paths)
    #expect(mode(paths.unique) == 0o700)
    let mask = umask(0)
    umask(mask)
    #expect(mode(paths.cwd) == 0o777 & ~mask)
    #expect(mode(paths.temporary) == 0o777 & ~mask)
    #expect(names(in: scratch["base dir/wr_cwd/5/8/c"]) == [paths.name])
  }

  @Test func whatIsThereAlreadyIsNotTakenForOurs() throws {
    let workspace = try Workspace(making: paths)
    #expect(throws: RunnerError.self) { try Workspace(making: paths) }
    try workspace.remove()
  }

  @Test func removalLeavesTheBaseEmpty() throws {
    let workspace = try Workspace(making: paths)
    scratch.file("outside")
    for name in ["cwd/a", "cwd/a/b", "tmp/c"] { mkdir(paths.unique + "/" + name, 0o755) }
    symlink(scratch["outside"], paths.cwd + "/link")
    symlink(scratch.path, paths.cwd + "/a/directory link")
    try workspace.remove()
    #expect(names(in: scratch["base dir"]) == [])
    #expect(exists(scratch["outside"]))
    try workspace.remove()
  }

  @Test func whatACrashLeftWhileTheyWereMadeOrRemovedGoesAtAnyStage() throws {
    let parents = ["wr_cwd", "wr_cwd/5", "wr_cwd/5/8", "wr_cwd/5/8/c"]
    let unique = "wr_cwd/5/8/c/\(paths.name)"
    let stages = parents + [unique, unique + "/cwd", unique + "/tmp"]
    for count in 0...stages.count {
      for stage in stages.prefix(count) { mkdir(scratch["base dir/\(stage)"], 0o755) }
      try Workspace.removeUnfinished(paths)
      #expect(names(in: scratch["base dir"]) == [], "after \(count) steps")
    }
    let workspace = try Workspace(making: paths)
    rmdir(paths.cwd)
    rmdir(paths.temporary)
    rmdir(paths.unique)
    try workspace.remove()
    #expect(names(in: scratch["base dir"]) == [])
  }

  @Test func whatIsNotEmptyIsNoneThatACrashLeft() throws {
    _ = try Workspace(making: paths)
    scratch.file("base dir/wr_cwd/5/8/c/\(paths.name)/cwd/precious")
    try Workspace.removeUnfinished(paths)
    #expect(exists(paths.cwd + "/precious"))
  }

  @Test func parentsInUseStay() throws {
    let other = try Workspace(
      making: WorkspacePaths(base: scratch["base dir"], key: key, suffix: "9"))
    let workspace = try Workspace(making: paths)
    try workspace.remove()
    #expect(exists(other.paths.cwd))
    #expect(!exists(paths.unique))
  }

  @Test func forbiddenDirectoriesAreRemovedToo() throws {
    let workspace = try Workspace(making: paths)
    for name in ["/a", "/a/b", "/c"] {
      mkdir(paths.cwd + name, 0o755)
      close(open(paths.cwd + name + "/file", O_CREAT | O_WRONLY, 0o600))
    }
    chmod(paths.cwd + "/a/b", 0)
    chmod(paths.cwd + "/a", 0o555)
    chmod(paths.cwd + "/c", 0o111)
    try workspace.remove()
    #expect(names(in: scratch["base dir"]) == [])
  }

  /// Mounting needs privileges that not every tester has.
  private static let mayMount = {
    let scratch = Scratch()
    let (from, to) = (scratch.directory("from"), scratch.directory("to"))
    guard mount(from, to, nil, UInt(MS_BIND), nil) == 0 else { return false }
    return umount2(to, Int32(MNT_DETACH)) == 0
  }()

  @Test(.enabled(if: mayMount), arguments: ["cwd", "cwd/a", "tmp", "tmp/a"])
  func whatIsMountedFromTheSameFileSystemIsNotEmptied(_ place: String) throws {
    let workspace = try Workspace(making: paths)
    scratch.directory("precious/directory")
    scratch.file("precious/file")
    let target = paths.unique + "/" + place
    mkdir(target, 0o755)
    try #require(mount(scratch["precious"], target, nil, UInt(MS_BIND), nil) == 0)
    defer { umount2(target, Int32(MNT_DETACH)) }
    #expect(throws: RunnerError.self) {
      try workspace.removeTemporary()
      try workspace.remove()
    }
    #expect(names(in: scratch["precious"]) == ["directory", "file"])
  }

  @Test func treesDeeperThanThereAreDescriptorsAreRemoved() throws {
    let workspace = try Workspace(making: paths)
    var parent = open(paths.cwd, O_RDONLY | O_DIRECTORY)
    for _ in 0..<1500 {
      mkdirat(parent, "d", 0o755)
      let child = openat(parent, "d", O_RDONLY | O_DIRECTORY)
      close(parent)
      parent = child
    }
    close(parent)
    try workspace.remove()
    #expect(names(in: scratch["base dir"]) == [])
  }

  @Test func aSymbolicLinkInPlaceOfAParentStopsTheRemoval() throws {
    let workspace = try Workspace(making: paths)
    rename(scratch["base dir/wr_cwd/5"], scratch["moved"])
    symlink(scratch["moved"], scratch["base dir/wr_cwd/5"])
    #expect(throws: RunnerError.self) { try workspace.remove() }
    #expect(exists(scratch["moved/8/c/\(paths.name)/cwd"]))
  }

  @Test func anotherDirectoryOfTheSameNameIsNotRemoved() throws {
    let workspace = try Workspace(making: paths)
    rename(paths.unique, paths.unique + "-kept")
    mkdir(paths.unique, 0o700)
    mkdir(paths.cwd, 0o700)
    #expect(throws: RunnerError.self) { try workspace.remove() }
    #expect(throws: RunnerError.self) { try workspace.removeTemporary() }
    #expect(exists(paths.cwd))
  }

  @Test func aLinkInTheWayOfTheFirstParentIsRefused() throws {
    scratch.directory("elsewhere")
    symlink(scratch["elsewhere"], scratch["base dir/wr_cwd"])
    #expect(throws: RunnerError.self) { try Workspace(making: paths) }
    #expect(names(in: scratch["elsewhere"]) == [])
  }

  @Test func onlyTemporaryFilesAreRemovedAfterTheEnd() throws {
    let workspace = try Workspace(making: paths)
    close(open(paths.temporary + "/t", O_CREAT | O_WRONLY, 0o600))
    close(open(paths.cwd + "/result", O_CREAT | O_WRONLY, 0o600))
    try workspace.removeTemporary()
    try workspace.removeTemporary()
    #expect(names(in: paths.unique) == ["cwd"])
    #expect(names(in: paths.cwd) == ["result"])
  }

  @Test func usageIsTheSumOfWholeMegabytesOfEachFile() throws {
    let workspace = try Workspace(making: paths)
    mkdir(paths.cwd + "/sub", 0o755)
    let sizes = [("cwd/a", 3 << 20), ("cwd/sub/b", (2 << 20) - 1), ("tmp/c", 5 << 20)]
    for (name, size) in sizes {
      let file = open(paths.unique + "/" + name, O_CREAT | O_WRONLY, 0o600)
      ftruncate(file, size)
      close(file)
    }
    symlink(paths.temporary, paths.cwd + "/link")
    #expect(workspace.usage(until: .now + .seconds(10)) == Megabytes(3 + 1 + 5))
    #expect(workspace.usage(until: Instant(nanoseconds: 0)) <= 9)
  }

  @Test(.timeLimit(.minutes(1))) func makingAndRemovingSideBySideNeverFails() async throws {
    let base = scratch["base dir"]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask { @concurrent in
          for round in 0..<200 {
            let paths = WorkspacePaths(base: base, key: key, suffix: "\(worker)\(round)")
            try Workspace(making: paths).remove()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(names(in: base) == [])
  }

  @Test func aBaseDirectoryIsMadeWithItsParents() throws {
    try BaseDirectory.make(scratch["x/y z/w"])
    #expect(exists(scratch["x/y z/w"]))
    try BaseDirectory.make(scratch["x/y z/w"])
    scratch.file("file")
    #expect(throws: RunnerError.self) { try BaseDirectory.make(scratch["file"]) }
    #expect(throws: RunnerError.self) { try BaseDirectory.make(scratch["file/below"]) }
  }
}
