import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(2)))
struct LaneTests {
  private func workbench(
    _ attempt: UInt64, _ cmd: String, in identity: LinkIdentity, _ lane: Lane
  ) throws -> Workbench {
    let state = StateDirectory(identity.configuration.stateDirectory)
    try state.make()
    return Workbench(
      wholeMachine(attempt, cmd, in: identity), incarnation: Incarnation("i"), bootID: "b",
      journal: state.journalSlot(Int(attempt)), configuration: identity.configuration, lane: lane)
  }

  @Test func nothingFollowsWhatRunsOn() async throws {
    let identity = try LinkIdentity()
    let lane = Lane()
    let long = try workbench(2, "exec sleep 300", in: identity, lane)
    let pid = pid_t(try await long.launch()?.start.pid ?? 0)
    try #require(pid > 0)
    #expect(lane.isTaken)
    let next = try workbench(3, "true", in: identity, lane)
    let isNothing = try await next.launch() == nil
    #expect(isNothing)
    kill(pid, SIGKILL)
    var status: Int32 = 0
    #expect(waitpid(pid, &status, 0) == pid)
  }

  @Test func nothingFollowsWhatCouldNotBeStarted() async throws {
    let identity = try LinkIdentity()
    let lane = Lane()
    let failing = try workbench(1, "x\0", in: identity, lane)
    await #expect(throws: NotStarted.self) { _ = try await failing.launch() }
    #expect(lane.isTaken, "what it began is cleared away there")
  }

  @Test func itIsFullWhileMoreThanOneStartWaits() {
    let lane = Lane()
    var seen: [Bool] = []
    for _ in 1...3 {
      lane.expect()
      seen.append(lane.isFull)
    }
    for _ in 1...3 {
      lane.begin()
      seen.append(lane.isFull)
    }
    #expect(seen == [false, true, true, true, false, false])
  }

  @Test func whatIsCalledOffDoesNotBegin() async throws {
    let identity = try LinkIdentity()
    let (lane, ran) = (Lane(), identity.directory.file("ran"))
    let first = try workbench(1, "touch \(ran)", in: identity, lane)
    first.callOff()
    let isNothing = try await first.launch() == nil
    #expect(isNothing)
    #expect(access(ran, F_OK) != 0)
    #expect(!lane.isTaken)
    let state = StateDirectory(identity.configuration.stateDirectory)
    #expect(try state.entries(until: .now).isEmpty)
  }

  @Test func aFollowerThatCameFirstSeesAllOfABriefCommand() async throws {
    try await RunnerHarness.run { harness, _ in
      let runner = harness.runner(JobSpec(cmd: "echo out; echo err >&2"))
      let wish = OutputWish(
        follower: 1, attempt: runner.order.attempt, stream: .stderr, isOnce: false)
      await runner.follow(wish) {}
      _ = try #require(await runner.end { _ in })
      let written = await runner.takeWritten()
      #expect(written.map(\.text).joined() == "err\n")
      #expect(written.last?.isLast == true)
    }
  }

  /// Short commands, which others follow, and long ones, behind which they must wait again.
  @Test func neverAreTwoInTheRoomForOne() async throws {
    let identity = try LinkIdentity()
    try makeDirectories(identity.directory.file("jobs"))
    let count: UInt64 = 60
    @Sendable func isKilled(_ attempt: UInt64) -> Bool { attempt % 13 == 0 }
    @Sendable func cannotStart(_ attempt: UInt64) -> Bool { attempt % 17 == 0 }
    try await withHost(identity) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        let isConnected = try await eventually { await !manager.inventories.isEmpty }
        try #require(isConnected)
        for attempt in 1...count {
          let pause = attempt % 5 == 0 ? "sleep 0.02" : "true"
          // A directory can be made by one only.
          let command =
            switch attempt {
            case _ where isKilled(attempt): "mkdir -p . && sleep 300"
            case _ where cannotStart(attempt): "mkdir \0"
            default: "mkdir here && \(pause) && rmdir here && echo \(attempt) >> ran"
            }
          try await manager.send(.run(wholeMachine(attempt, command, in: identity)))
          if isKilled(attempt) { try await manager.send(.kill(AttemptID(attempt))) }
        }
        let isDone = try await eventually {
          let back = await manager.givenBack
          for attempt in (1...count).map(AttemptID.init(_:)) where !back.contains(attempt) {
            if await manager.ends(of: attempt).isEmpty { return false }
          }
          return true
        }
        #expect(isDone)
        // On a machine that is busy otherwise some wait too long for their turn.
        let back = Set(await manager.givenBack.map(\.number))
        for attempt in 1...count where !back.contains(attempt) {
          let end = try #require(await manager.ends(of: AttemptID(attempt)).first)
          let verdict: Verdict =
            switch attempt {
            case _ where isKilled(attempt): .bury(.killed)
            case _ where cannotStart(attempt): .bury(.start)
            default: .complete
            }
          #expect(end.verdict == verdict, "\(attempt): \(end)")
        }
        let ran = contents(of: identity.directory.file("jobs/ran")) ?? ""
        #expect(
          ran.split(separator: "\n").compactMap { UInt64($0) }
            == (1...count).filter { !isKilled($0) && !cannotStart($0) && !back.contains($0) },
          "in their turn")
      }
    }
  }

  @Test func aKillMeetsAJobThatWaitsInALane() async throws {
    let identity = try LinkIdentity()
    let ran = identity.directory.file("ran")
    try await withHost(identity) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        let isConnected = try await eventually { await !manager.inventories.isEmpty }
        try #require(isConnected)
        let stuck = try StuckStart(of: 0, in: identity)
        for attempt in 1...3 as ClosedRange<UInt64> {
          let command = "echo \(attempt) >> \(ran)"
          try await manager.send(.run(wholeMachine(attempt, command, in: identity)))
        }
        let waits = try await eventually {
          await Set(host.rooms.promised) == [AttemptID(2), AttemptID(3)]
        }
        #expect(waits)
        try await manager.send(.kill(AttemptID(2)))
        let isHeard = try await eventually { await host.runners[AttemptID(2)]?.cause == .user }
        #expect(isHeard)
        try await stuck.goOn()
        let verdicts: [Verdict] = [.release(.start), .bury(.killed), .complete]
        for (attempt, verdict) in zip(1...3, verdicts) {
          let isDone = try await eventually {
            await manager.ends(of: AttemptID(UInt64(attempt))).map(\.verdict) == [verdict]
          }
          #expect(isDone, "\(attempt)")
        }
        #expect(contents(of: ran) == "3\n")
      }
    }
  }
}
