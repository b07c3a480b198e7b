import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// Attempts in control groups of the kernel's own, where a hierarchy can be mounted.
@Suite(.timeLimit(.minutes(1)), .enabled(if: CgroupMount.isPossible))
struct RealCgroupTests {
  @Test func whatHidesFromProcIsFoundCountedAndEnded() async throws {
    let mount = try CgroupMount()
    try await RunnerHarness.run(.init(cgroupRoot: mount.root)) { harness, scratch in
      let cwd = scratch.directory("cwd")
      // Out of the tree and the session, and without the mark.
      let runner = harness.runner(
        JobSpec(
          cmd: "env -i setsid --fork bash -c 'trap \"\" TERM; echo $$ > pid; "
            + "while true; do sleep 300; done' > /dev/null 2>&1; "
            + "cat /proc/self/cgroup > group; sleep 300",
          cwd: cwd, cwdMatters: true))
      async let ended = runner.end { _ in }
      let isThere = try await eventually {
        contents(of: cwd + "/group")?.contains("0::") == true
          && Int32(contents(of: cwd + "/pid")?.dropLast() ?? "") != nil
      }
      #expect(isThere)
      let pid = try #require(Int32(contents(of: cwd + "/pid")?.dropLast() ?? ""))
      #expect(isAlive(pid))
      #expect(contents(of: cwd + "/group")?.contains("/wr-\(runner.order.attempt)-") == true)
      await runner.kill(for: .user)
      let end = try #require(await ended)
      #expect(end.meter == .cgroup)
      #expect(end.cpuTime > .zero)
      #expect(!isAlive(pid))
      #expect(mount.groups == [])
      #expect(harness.leftovers == [])
      _ = try? reap(pid)
    }
  }

  @Test func leftoversAreEndedWithTheCommand() async throws {
    let mount = try CgroupMount()
    try await RunnerHarness.run(.init(cgroupRoot: mount.root)) { harness, scratch in
      let cwd = scratch.directory("cwd")
      let end = try await harness.end(
        of: JobSpec(
          cmd: "env -i setsid --fork bash -c 'echo $$ > pid; exec sleep 300' > /dev/null 2>&1; "
            + "until [ -s pid ]; do sleep 0.01; done; exit 3",
          cwd: cwd, cwdMatters: true))
      #expect(end.exitCode == 3)
      #expect(end.meter == .cgroup)
      let pid = try #require(Int32(contents(of: cwd + "/pid")?.dropLast() ?? ""))
      #expect(!isAlive(pid))
      #expect(mount.groups == [])
      _ = try? reap(pid)
    }
  }

  @Test func aGroupEndsWhateverIsInItAtOnce() throws {
    let mount = try CgroupMount()
    let group = AttemptCgroup(path: mount.root + "/one")
    try group.make(limit: nil)
    let entrance = try group.openEntrance()
    let child = try spawn(
      SpawnPlan(path: "/bin/sleep", arguments: ["sleep", "300"], environment: []),
      standard: (0, 1, 2), cgroup: entrance.number)
    #expect(child.cgroupProblem == nil)
    #expect(group.processes == [child.pid])
    #expect(throws: SystemError.self, "something is in it") { try group.remove() }
    #expect(group.kill())
    var status: Int32 = 0
    waitpid(child.pid, &status, 0)
    #expect(status & 0x7f == SIGKILL)
    try group.remove()
    #expect(mount.groups == [])
  }
}

@Suite(.timeLimit(.minutes(1)))
struct CgroupFallbackTests {
  @Test(arguments: ["nowhere", "plain"])
  func withoutAUsableGroupProcIsReadAndTheReasonLogged(name: String) async throws {
    let groups = Scratch()
    groups.directory("plain")
    try await RunnerHarness.run(.init(cgroupRoot: groups[name])) { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: "exit 3"))
      #expect(end.exitCode == 3)
      #expect(end.meter == .proc)
      #expect(end.peakMemory > 0 && end.cpuTime > .zero)
      let lines = harness.logged.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("measured by /proc instead of a cgroup"))
      #expect(names(in: groups["plain"]) == [])
    }
  }

  @Test func aGroupThatCannotBeEnteredDoesNotKeepTheCommand() throws {
    // Whatever is written there fails.
    let full = try openFile("/dev/full", O_WRONLY)
    let child = try spawn(
      SpawnPlan(path: "/bin/true", arguments: ["true"], environment: []), standard: (0, 1, 2),
      cgroup: full.number)
    #expect(child.cgroupProblem?.code == ENOSPC)
    var status: Int32 = 0
    waitpid(child.pid, &status, 0)
    #expect(status == 0)
  }
}

/// The unified hierarchy, mounted for one test, and a control group of the test's own in it.
final class CgroupMount {
  private let mountPoint = Scratch()
  let root: String

  /// Whether a hierarchy can be mounted here, which takes an administrator.
  static let isPossible = (try? CgroupMount()) != nil

  init() throws {
    root = mountPoint["wr-test-\(UInt32.random(in: 0 ... .max))"]
    guard Self.run("mount", "-t", "cgroup2", "none", mountPoint.path) == 0,
      mkdir(root, 0o755) == 0
    else {
      throw SystemError(operation: "mount a cgroup hierarchy")
    }
  }

  deinit {
    rmdir(root)
    // Lazily: what looks at it at this moment must not keep it.
    _ = Self.run("umount", "-l", mountPoint.path)
  }

  /// Runs a program to its end, which is soon; Foundation's way can wait for ever beside others
  /// that start processes.
  /// - Returns: how it ended (wait(2)); nil if it could not be started.
  private static func run(_ arguments: String...) -> Int32? {
    guard let quiet = try? openFile("/dev/null", O_RDWR),
      let path = findExecutable(arguments[0], searchPath: "/usr/bin:/bin:/usr/sbin:/sbin"),
      let child = try? spawn(
        SpawnPlan(path: path, arguments: arguments, environment: []),
        standard: (quiet.number, quiet.number, quiet.number))
    else { return nil }
    var status: Int32 = -1
    waitpid(child.pid, &status, 0)
    return status
  }

  /// The names of the groups below that of the test.
  var groups: [String] {
    names(in: root).filter { name in
      var status = stat()
      return stat("\(root)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
  }
}
