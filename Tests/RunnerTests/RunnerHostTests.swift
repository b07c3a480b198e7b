import Glibc
import HTTP
import Jobs
import Platform
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(1)))
struct RunnerHostTests {
  private func wait(for manager: FakeManager, inventories: Int = 1) async throws {
    let isConnected = try await eventually { await manager.inventories.count >= inventories }
    try #require(isConnected)
  }

  @Test func aJobIsRunReportedAndForgotten() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        let inventory = try #require(await manager.inventories.first)
        #expect(inventory.linkVersion == 3)
        #expect(inventory.incarnation.text.count == 32)
        #expect(inventory.pid == Int(getpid()))
        #expect(inventory.cores > 0 && inventory.memory > 0)
        #expect(inventory.held == [] && inventory.running == [] && inventory.finished == [])
        try await manager.send(.run(order(1, "echo no >&2; exit 3", in: identity)))
        let isDone = try await eventually { await !manager.ends(of: AttemptID(1)).isEmpty }
        #expect(isDone)
        let end = try #require(await manager.ends(of: AttemptID(1)).first)
        #expect(end.verdict == .release(.exit))
        #expect(end.stderr == "no")
        #expect(end.start != nil, "whether its start was reported before or not")
        let isForgotten = try await eventually { spool(identity) == [] }
        #expect(isForgotten, "the spool is emptied by the acknowledgement")
        #expect(slots(in: identity.directory.file("runner/journal")) == [])
        let sequence = await manager.batches.map(\.sequence)
        #expect(sequence == (1...UInt64(max(1, sequence.count))).map { $0 }, "counted from 1")
      }
    }
  }

  @Test func whatACommandWritesIsToldToThoseWhoFollowBeforeItsEnd() async throws {
    let identity = try LinkIdentity()
    let gate = identity.directory.file("gate")
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        let command = "echo first; until test -e \(gate); do sleep 0.01; done; echo last"
        try await manager.send(.run(order(1, command, in: identity)))
        func wish(_ follower: UInt64, _ attempt: UInt64, once: Bool = false) -> HostOrder {
          .follow(
            OutputWish(
              follower: follower, attempt: AttemptID(attempt), stream: .stdout, isOnce: once))
        }
        func told(_ follower: UInt64) async -> (text: String, isOver: Bool) {
          let outputs = await manager.batches.flatMap(\.written)
            .filter { $0.follower == follower }
          return (outputs.map(\.text).joined(), outputs.last?.isLast == true)
        }
        try await manager.send(wish(1, 1))
        #expect(try await eventually { await told(1).text == "first\n" })
        try await manager.send(wish(2, 1, once: true))
        #expect(try await eventually { await told(2) == ("first\n", true) })
        try await manager.send(wish(3, 99))
        #expect(try await eventually { await told(3) == ("", true) }, "an attempt nobody knows")
        try writeFileAtomically(gate, [], mode: 0o600)
        #expect(try await eventually { await !manager.ends(of: AttemptID(1)).isEmpty })
        #expect(await told(1) == ("first\nlast\n", true), "told no later than the end")
        #expect(await told(2) == ("first\n", true))
      }
    }
  }

  @Test func aKnownAttemptIsNotRunAgain() async throws {
    let identity = try LinkIdentity()
    let mark = identity.directory.file("ran")
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        for _ in 0..<3 {
          try await manager.send(.run(order(1, "echo x >> \(mark); sleep 0.3", in: identity)))
        }
        let isDone = try await eventually { await !manager.ends(of: AttemptID(1)).isEmpty }
        #expect(isDone)
        #expect(contents(of: mark) == "x\n")
      }
    }
  }

  @Test func aKillOrderEndsTheJobAndDiscardForgetsIt() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        for attempt in [1, 2] as [UInt64] {
          try await manager.send(.run(order(attempt, "sleep 300", in: identity)))
        }
        let bothRun = try await eventually { await manager.reports.count == 2 }
        #expect(bothRun)
        try await manager.send(.kill(AttemptID(1)))
        try await manager.send(.discard(AttemptID(2)))
        let isDone = try await eventually { await !manager.ends(of: AttemptID(1)).isEmpty }
        #expect(isDone)
        #expect(await manager.ends(of: AttemptID(1)).first?.verdict == .bury(.killed))
        let isGone = try await eventually {
          slots(in: identity.directory.file("runner/journal")) == []
        }
        #expect(isGone)
        #expect(await manager.ends(of: AttemptID(2)) == [])
      }
    }
  }

  @Test func jobsOutliveTheManagerAndItsSuccessorHearsOfThem() async throws {
    let identity = try LinkIdentity()
    let (go, ran) = (identity.directory.file("go"), identity.directory.file("ran"))
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        try await manager.send(
          .run(
            order(1, "until [ -e \(go) ]; do sleep 0.01; done; touch \(ran)", in: identity)))
        try await manager.send(.run(order(2, "sleep 300", in: identity)))
        let bothRun = try await eventually { await manager.reports.count == 2 }
        #expect(bothRun)
      }
      // Without a manager: the first job ends, and its result is kept.
      close(open(go, O_CREAT | O_WRONLY, 0o600))
      let isKept = try await eventually { spool(identity) == [AttemptID(1)] }
      #expect(isKept)
      // The successor has another port, and another token.
      try await withManager(identity, token: "another", on: reactor) { manager in
        try await wait(for: manager)
        let inventory = try #require(await manager.inventories.first)
        // The host may connect in the moment between the result's being kept and its being told.
        let told = inventory.finished + inventory.running.map(\.attempt)
        #expect(told.sorted() == [AttemptID(1), AttemptID(2)])
        #expect(inventory.running.map(\.attempt).contains(AttemptID(2)))
        let isTold = try await eventually { await manager.ends(of: AttemptID(1)).count == 1 }
        #expect(isTold)
        #expect(await manager.batches.last?.alive == [AttemptID(2)])
        let isForgotten = try await eventually { spool(identity) == [] }
        #expect(isForgotten)
        try await manager.send(.kill(AttemptID(2)))
        let isDone = try await eventually { await !manager.ends(of: AttemptID(2)).isEmpty }
        #expect(isDone)
      }
    }
  }

  @Test func aResultIsReportedUntilItIsAcknowledged() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        await manager.answerReports(with: 503)
        try await manager.send(.run(order(1, "true", in: identity)))
        let isRepeated = try await eventually { await manager.ends(of: AttemptID(1)).count >= 2 }
        #expect(isRepeated)
        #expect(spool(identity) == [AttemptID(1)])
        await manager.answerReports(with: 200)
        let isForgotten = try await eventually { spool(identity) == [] }
        #expect(isForgotten)
        let ends = await manager.ends(of: AttemptID(1))
        #expect(Set(ends).count == 1, "the same result each time")
      }
    }
  }

  @Test func aWrongTokenIsReadAgain() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity, idleLimit: .seconds(20)) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        let file = identity.directory.file("client.token")
        try writeFileAtomically(file, Array("wrong".utf8), mode: 0o600)
        await manager.dropLinks()
        let isRefused = try await eventually { await manager.refusals > 0 }
        #expect(isRefused)
        try writeFileAtomically(file, Array("secret".utf8), mode: 0o600)
        try await wait(for: manager, inventories: 2)
        try await manager.send(.stop(killing: false))
      }
      let log = contents(of: identity.directory.file("log")) ?? ""
      #expect(!log.contains("wrong") && !log.contains("secret"))
    }
  }

  @Test func anOrderlyStopEndsJobsReportsThemAndEndsTheHost() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity, idleLimit: .seconds(3600)) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        try await manager.send(.run(order(1, "sleep 300", in: identity)))
        let runs = try await eventually { await manager.reports.count == 1 }
        #expect(runs)
        try await manager.send(.stop(killing: true))
        let isDone = try await eventually { await !manager.ends(of: AttemptID(1)).isEmpty }
        #expect(isDone)
        #expect(await manager.ends(of: AttemptID(1)).first?.verdict == .bury(.killed))
        let isForgotten = try await eventually { spool(identity) == [] }
        #expect(isForgotten)
      }
    }
  }

  @Test func aSignalReleasesJobsAndEndsTheHost() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity, idleLimit: .seconds(3600)) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        try await manager.send(.run(order(1, "sleep 300", in: identity)))
        let runs = try await eventually { await manager.reports.count == 1 }
        #expect(runs)
        await host.interrupt()
        let isDone = try await eventually { await !manager.ends(of: AttemptID(1)).isEmpty }
        #expect(isDone)
        #expect(await manager.ends(of: AttemptID(1)).first?.verdict == .release(.signal))
      }
    }
  }

  @Test func whatAManagerDoesNotWantIsEnded() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        await manager.answerReports(with: 200, discarding: [AttemptID(1)])
        try await manager.send(.run(order(1, "sleep 300", in: identity)))
        let runs = try await eventually { await manager.reports.count == 1 }
        #expect(runs)
        let isGone = try await eventually {
          slots(in: identity.directory.file("runner/journal")) == []
        }
        #expect(isGone)
        #expect(await manager.ends(of: AttemptID(1)) == [])
      }
    }
  }

  @Test func nothingStartsWhileSomethingUnwantedIsBeingEnded() async throws {
    let identity = try LinkIdentity()
    let lock = identity.directory.file("lock")
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        // What it leaves running holds the lock until it is killed: SIGTERM is not enough.
        let stubborn =
          "exec 9>\(lock); flock 9; (trap '' TERM; while :; do sleep 0.05; done) & touch \(lock).held; wait"
        try await manager.send(.run(order(1, stubborn, in: identity)))
        let isHeld = try await eventually { exists("\(lock).held") }
        #expect(isHeld)
        try await manager.send(.discard(AttemptID(1)))
        try await manager.send(.run(order(2, "flock --nonblock \(lock) true", in: identity)))
        let isDone = try await eventually { await !manager.ends(of: AttemptID(2)).isEmpty }
        #expect(isDone)
        #expect(await manager.ends(of: AttemptID(2)).first?.exitCode == 0)
      }
    }
  }

  @Test func aHostThatTheManagerDoesNotUnderstandEndsAfterItsJobsAndKeepsTheirResults()
    async throws
  {
    let identity = try LinkIdentity()
    let go = identity.directory.file("go")
    // Returns only once the host has ended by itself.
    try await withHost(identity, idleLimit: .seconds(3600)) { _, reactor in
      try await withManager(identity, on: reactor, owesResults: true) { manager in
        try await wait(for: manager)
        let cmd = "while [ ! -e \(go) ]; do sleep 0.05; done; exit 4"
        try await manager.send(.run(order(1, cmd, in: identity)))
        let runs = try await eventually { await manager.reports.count == 1 }
        #expect(runs)
        await manager.refuseLinks(with: 409)
        await manager.dropLinks()
        try await wait(for: manager, inventories: 3)
        #expect(await manager.inventories.last?.running.map(\.attempt) == [AttemptID(1)])
        try writeFileAtomically(go, [], mode: 0o600)
        let isKept = try await eventually { spool(identity) == [AttemptID(1)] }
        #expect(isKept)
      }
    }
    #expect(spool(identity) == [AttemptID(1)])
    let log = contents(of: identity.directory.file("log"))
    #expect(log?.contains("speaks another link") == true)
  }

  @Test func aHostWithoutAManagerAndWithoutWorkEnds() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity) { _, _ in }
    #expect(contents(of: identity.directory.file("log"))?.contains("the runner host ends") == true)
  }

  @Test func aHostThatOwesResultsKeepsThemWhenItGivesUp() async throws {
    let identity = try LinkIdentity()
    try await withHost(identity, idleLimit: .seconds(3600), resultLimit: .milliseconds(300)) {
      _, reactor in
      try await withManager(identity, on: reactor, owesResults: true) { manager in
        try await wait(for: manager)
        await manager.answerReports(with: 503)
        try await manager.send(.run(order(1, "exit 5", in: identity)))
        let isKept = try await eventually { spool(identity) == [AttemptID(1)] }
        #expect(isKept)
      }
    }
    #expect(spool(identity) == [AttemptID(1)])
    // The next host owes it from the beginning.
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await wait(for: manager)
        #expect(await manager.inventories.first?.finished == [AttemptID(1)])
        let isTold = try await eventually { await manager.ends(of: AttemptID(1)).count == 1 }
        #expect(isTold)
        #expect(await manager.ends(of: AttemptID(1)).first?.exitCode == 5)
      }
    }
  }
}
