import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// Starts a process tree in all the ways that leave a tree, writes their pids to `pids`.
private let familyOfEscapees = """
  trap '' TERM
  note() { echo $BASHPID >> pids; }
  (trap '' TERM; note; sleep 300; note) &
  setsid bash -c 'trap "" TERM; echo $$ >> pids; sleep 300; true' &
  (setsid bash -c '(trap "" TERM; echo $BASHPID >> pids; sleep 300; true) & disown' &)
  (setsid env -i /bin/bash -c '(trap "" TERM; echo $BASHPID >> pids; /bin/sleep 300; true) &' &)
  (setsid sleep 300 >/dev/null 2>&1 & echo $! >> pids)
  note
  touch ready
  while true; do sleep 300; done
  """

@Suite(.timeLimit(.minutes(1)))
struct RunnerActorKillTests {
  private func pids(in file: String) -> [Int32] {
    (contents(of: file) ?? "").split(separator: "\n").compactMap { Int32($0) }
  }

  @Test func aKillReachesWhateverLeftTheTreeWithinASecond() async throws {
    try await RunnerHarness.run { harness, scratch in
      let cwd = scratch.directory("cwd")
      let runner = harness.runner(JobSpec(cmd: familyOfEscapees, cwd: cwd, cwdMatters: true))
      async let ended = runner.end { _ in }
      let isThere = try await eventually { pids(in: cwd + "/pids").count >= 6 }
      #expect(isThere)
      let family = pids(in: cwd + "/pids")
      #expect(family.allSatisfy { isAlive($0) })
      let before = Instant.now
      await runner.kill(for: .user)
      let end = try #require(await ended)
      // Half a second of grace and little work; the rest is for machines busy with other tests.
      #expect(Instant.now - before < .seconds(5))
      #expect(end.verdict == .bury(.killed))
      #expect(end.exitCode == -1)
      for pid in family { #expect(ProcessScan.stat(of: pid) == nil, "\(pid) is gone and reaped") }
    }
  }

  @Test func whatEscapedIsCountedAndGoneASecondAfterTheKill() async throws {
    // Best of three: other tests may take the processors for a while.
    var fastest = Duration.seconds(1000)
    for _ in 0..<3 where fastest >= .seconds(1) {
      fastest = min(fastest, try await endOfEscapees())
    }
    #expect(fastest < .seconds(1))
  }

  /// Starts hungry processes that left their tree and ignore SIGTERM, and kills their job.
  /// - Returns: how long that took.
  private func endOfEscapees() async throws -> Duration {
    var duration = Duration.zero
    try await RunnerHarness.run { harness, scratch in
      let cwd = scratch.directory("cwd")
      let hungry = """
        trap "" TERM; x=$(head -c 60000000 /dev/zero | tr "\\0" x); echo $BASHPID >> pids; \
        while true; do sleep 300; done; true $x
        """
      let runner = harness.runner(
        JobSpec(
          cmd: "(setsid bash -c '(setsid bash -c '\\''\(hungry)'\\'' &)' &); "
            + "(trap '' TERM; echo $BASHPID >> pids; sleep 300; true) & "
            + "echo $$ >> pids; trap '' TERM; while true; do sleep 300; done",
          cwd: cwd, cwdMatters: true))
      async let ended = runner.end { _ in }
      let isThere = try await eventually { pids(in: cwd + "/pids").count == 3 }
      #expect(isThere)
      let isCounted = try await eventually { await runner.memoryPeak > 50 }
      #expect(isCounted)
      let family = pids(in: cwd + "/pids")
      #expect(family.count == 3 && family.allSatisfy { isAlive($0) })
      let before = Instant.now
      await runner.kill(for: .user)
      let end = try #require(await ended)
      duration = .now - before
      #expect(end.verdict == .bury(.killed))
      #expect(end.peakMemory > 50, "what left the tree was counted")
      for pid in family { #expect(ProcessScan.stat(of: pid) == nil, "\(pid) is gone and reaped") }
    }
    return duration
  }

  @Test func aKillBeforeTheStartPreventsIt() async throws {
    try await RunnerHarness.run { harness, scratch in
      let runner = harness.runner(JobSpec(cmd: "touch \(scratch["ran"])"))
      await runner.kill(for: .user)
      let end = try #require(await runner.end { _ in })
      #expect(end.verdict == .bury(.killed))
      #expect(end.start == nil)
      #expect(!exists(scratch["ran"]))
    }
  }

  @Test func aDiscardedAttemptEndsWithoutAResult() async throws {
    try await RunnerHarness.run { harness, _ in
      let runner = harness.runner(JobSpec(cmd: "sleep 300"))
      let end = await runner.end { start in
        #expect(isAlive(Int32(start.pid)))
        await runner.discard()
      }
      #expect(end == nil)
      #expect(slots(in: harness.configuration.stateDirectory + "/spool") == [])
      #expect(harness.leftovers == [])
    }
  }

  @Test func aSignalToTheHostReleases() async throws {
    try await RunnerHarness.run { harness, _ in
      let runner = harness.runner(JobSpec(cmd: "sleep 300"))
      let end = await runner.end { _ in await runner.kill(for: .signal) }
      #expect(end?.verdict == .release(.signal))
    }
  }

  @Test func theEndOfTheCommandIsTheEndOfTheJob() async throws {
    try await RunnerHarness.run { harness, scratch in
      let cwd = scratch.directory("cwd")
      let before = Instant.now
      let end = try await harness.end(
        of: JobSpec(
          cmd: "(trap '' TERM; sleep 300; true) & echo $! > holder; "
            + "setsid sleep 300 > /dev/null 2>&1 & echo $! > quiet; echo said; exit 4",
          cwd: cwd, cwdMatters: true))
      #expect(end.exitCode == 4)
      #expect(end.stdout == "said")
      let elapsed = Instant.now - before
      #expect(end.walltime + .milliseconds(900) < elapsed, "neither draining nor ending the rest")
      for name in ["holder", "quiet"] {
        let pid = try #require(pids(in: cwd + "/" + name).first)
        #expect(ProcessScan.stat(of: pid) == nil, "\(name) is gone and reaped")
      }
    }
  }

  @Test func aBackgroundWriterWithoutEndDoesNotKeepTheJob() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: "yes & exit 1"))
      #expect(end.exitCode == 1)
      #expect(end.stdout.hasPrefix("y\ny\n"))
    }
  }

  @Test func aNumberThatNamesAnotherProcessIsNotHit() throws {
    let bystander = try spawn(
      SpawnPlan(path: "/bin/sleep", arguments: ["sleep", "300"], environment: []),
      standard: (0, 1, 2))
    defer {
      signal(SIGKILL, toHandle: bystander.handle.number)
      var status: Int32 = 0
      waitpid(bystander.pid, &status, 0)
    }
    let ticks = try #require(startTicks(of: bystander.pid))
    let stale = ProcessIdentity(pid: bystander.pid, startTicks: ticks - 1)
    let mark = AttemptMark(attempt: AttemptID(1), incarnation: Incarnation("stale"))
    var teardown = Teardown(
      of: ProcessRoot(identity: stale, mark: mark), known: [stale], host: getpid())
    #expect(teardown.endAll() == [])
    #expect(isAlive(bystander.pid))
  }
}
