import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(1)))
struct BehaviourTests {
  static let all: [Behaviour] = [
    Behaviour(on: .exit, .run("e1")), Behaviour(on: .failure, .run("f1")),
    Behaviour(on: .success, .run("s1")), Behaviour(on: .exit, .cleanupAll),
    Behaviour(on: .failure, .cleanup), Behaviour(on: .success, .remove),
    Behaviour(on: .failure, .copyToManager(["x"])), Behaviour(on: .failure, .run("f2")),
    Behaviour(on: .exit, .nothing),
  ]

  @Test func theOutcomesBehavioursComeBeforeThoseOfTheExit() {
    #expect(
      BehaviourPlan.steps(Self.all, succeeded: false)
        == [.run("f1"), .cleanUp, .run("f2"), .run("e1"), .cleanUp])
    #expect(
      BehaviourPlan.steps(Self.all, succeeded: true) == [.run("s1"), .run("e1"), .cleanUp])
  }

  @Test func allRunInTheJobsDirectoryWithTheHostsEnvironment() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "exit 1",
          behaviours: [
            Behaviour(on: .exit, .run("echo exit >> order")),
            Behaviour(on: .failure, .run("echo oops; no-such-command")),
            Behaviour(on: .failure, .run("echo failure $A ${WR_ATTEMPT-none} >> order")),
            Behaviour(on: .failure, .run("false | echo piped >> order")),
            Behaviour(on: .success, .run("echo success >> order")),
          ], environment: ["A=job"]))
      #expect(end.verdict == .release(.exit))
      #expect(harness.result(end, "order") == "failure host none\npiped\nexit\n")
      #expect(harness.logged.contains("run behaviour failed: exit code 127"))
      #expect(harness.logged.contains("oops"))
      #expect(harness.logged.contains("run behaviour failed: exit code 1"))
    }
  }

  @Test func aFailingBehaviourLeavesTheJobComplete() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(cmd: "true", behaviours: [Behaviour(on: .success, .run("exit 3"))]))
      #expect(end.verdict == .complete)
    }
  }

  @Test func theResultIsOnDiskBeforeBehavioursRun() async throws {
    try await RunnerHarness.run { harness, scratch in
      let spool = harness.configuration.stateDirectory + "/spool"
      _ = try await harness.end(
        of: JobSpec(
          cmd: "true",
          behaviours: [
            Behaviour(
              on: .success,
              .run("ls -l '\(spool)' > \(scratch["seen"]); cat '\(spool)'/* >> \(scratch["seen"])"))
          ]))
      let seen = try #require(contents(of: scratch["seen"]))
      #expect(seen.contains("-rw-------") && seen.contains(#""exited":true"#))
    }
  }

  @Test func cleanupLeavesTheBaseDirectoryEmpty() async throws {
    try await RunnerHarness.run { harness, scratch in
      scratch.directory("precious")
      scratch.file("precious/data", "kept")
      _ = try await harness.end(
        of: JobSpec(
          cmd: "ln -s '\(scratch["precious"])' trap; ln -s '\(scratch["precious"])' \"$TMPDIR/t\"; "
            + "mkdir -p a/b; touch a/b/c; chmod 000 a",
          behaviours: [Behaviour(on: .exit, .cleanup)]))
      #expect(names(in: harness.base) == [])
      #expect(contents(of: scratch["precious/data"]) == "kept")
      #expect(!harness.logged.contains("error"))
    }
  }

  @Test func aDirectoryThatTheJobSwappedForALinkIsNotCleaned() async throws {
    try await RunnerHarness.run { harness, scratch in
      scratch.directory("precious/cwd")
      scratch.directory("precious/tmp")
      scratch.file("precious/data", "kept")
      let end = try await harness.end(
        of: JobSpec(
          cmd: "u=$(dirname \"$PWD\"); mv \"$u\" '\(scratch["moved"])'; "
            + "ln -s '\(scratch["precious"])' \"$u\"",
          behaviours: [Behaviour(on: .exit, .cleanup)]))
      #expect(end.verdict == .complete)
      #expect(contents(of: scratch["precious/data"]) == "kept")
      #expect(exists(scratch["precious/tmp"]))
      #expect(harness.logged.contains("cleanup behaviour failed"))
    }
  }

  @Test func aDirectoryTheJobNamedItselfIsNeverCleaned() async throws {
    try await RunnerHarness.run { harness, scratch in
      let cwd = scratch.directory("own")
      _ = try await harness.end(
        of: JobSpec(
          cmd: "touch result", cwd: cwd, cwdMatters: true,
          behaviours: [Behaviour(on: .exit, .cleanup), Behaviour(on: .exit, .cleanupAll)]))
      #expect(names(in: cwd) == ["result"])
    }
  }

  /// Starts a process that leaves its tree, its session and its environment, and notes its pid.
  private static func escaping(to file: String) -> String {
    "(setsid env -i /bin/sh -c '(trap \"\" TERM; exec /bin/sleep 300) > /dev/null 2>&1 & "
      + "echo $! >> \(file)')"
  }

  private func pids(in file: String) -> [Int32] {
    (contents(of: file) ?? "").split(separator: "\n").compactMap { Int32($0) }
  }

  @Test(arguments: [Behaviour.Trigger.success, .failure, .exit])
  func whatABehaviourLeavesRunningEndsBeforeTheNext(trigger: Behaviour.Trigger) async throws {
    try await RunnerHarness.run { harness, scratch in
      let (left, seen) = (scratch["left"], scratch["seen"])
      _ = try await harness.end(
        of: JobSpec(
          cmd: trigger == .failure ? "exit 1" : "true",
          behaviours: [
            Behaviour(
              on: trigger,
              .run("\(Self.escaping(to: left)); sleep 300 & echo $! >> \(left); echo said; exit 7")),
            Behaviour(on: .exit, .run("kill -0 $(cat \(left)) || echo none > \(seen)")),
          ]))
      let family = pids(in: left)
      #expect(family.count == 2)
      #expect(contents(of: seen) == "none\n")
      for pid in family { #expect(ProcessScan.stat(of: pid) == nil, "\(pid) is gone and reaped") }
      #expect(harness.logged.contains("run behaviour failed: exit code 7"))
    }
  }

  @Test func aKillEndsABehaviourThatHangsAndAllItStarted() async throws {
    try await RunnerHarness.run { harness, scratch in
      let left = scratch["left"]
      let runner = harness.runner(
        JobSpec(
          cmd: "true",
          behaviours: [
            Behaviour(
              on: .exit, .run("\(Self.escaping(to: left)); echo $$ >> \(left); sleep 300; true")),
            Behaviour(on: .exit, .run("touch \(scratch["next"])")),
          ]))
      async let ended = runner.end { _ in }
      let isThere = try await eventually { pids(in: left).count == 2 }
      #expect(isThere)
      let family = pids(in: left)
      await runner.kill(for: .user)
      #expect(await ended?.verdict == .complete)
      #expect(exists(scratch["next"]))
      for pid in family { #expect(ProcessScan.stat(of: pid) == nil, "\(pid) is gone and reaped") }
    }
  }
}
