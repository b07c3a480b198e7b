import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// Orders for which there is no room for long, through a whole host.
@Suite(.timeLimit(.minutes(2)))
struct GivingBackTests {
  /// A command that runs until a file is there.
  private func waiting(for gate: String) -> String {
    "until [ -e \(gate) ]; do sleep 0.01; done"
  }

  private func open(_ gate: String) throws { try writeFileAtomically(gate, [], mode: 0o600) }

  private func hasConnected(_ manager: FakeManager) async throws {
    let isConnected = try await eventually { await !manager.inventories.isEmpty }
    try #require(isConnected)
  }

  private func end(_ attempt: UInt64, of manager: FakeManager) async throws -> RunEnd {
    let isOver = try await eventually { await !manager.ends(of: AttemptID(attempt)).isEmpty }
    #expect(isOver)
    return try #require(await manager.ends(of: AttemptID(attempt)).first)
  }

  @Test func whatFindsNoRoomIsGivenBackAndNeverBegins() async throws {
    let identity = try LinkIdentity()
    let (gate, ran) = (identity.directory.file("gate"), identity.directory.file("ran"))
    try await withHost(identity) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await hasConnected(manager)
        try await manager.send(.run(wholeMachine(1, waiting(for: gate), in: identity)))
        for attempt in 2...4 as ClosedRange<UInt64> {
          try await manager.send(
            .run(wholeMachine(attempt, "echo \(attempt) >> \(ran)", in: identity)))
        }
        let back = (2...4).map { AttemptID($0) }
        #expect(try await eventually { await manager.givenBack == back })
        // It is too late to kill what is not there, and nobody is told of an end of it.
        try await manager.send(.kill(AttemptID(3)))
        try open(gate)
        #expect(try await end(1, of: manager).verdict == .complete)
        try await manager.send(.run(wholeMachine(5, "echo 5 >> \(ran)", in: identity)))
        #expect(try await end(5, of: manager).verdict == .complete)
        #expect(contents(of: ran) == "5\n")
        #expect(await manager.givenBack == back)
        #expect(await manager.ends(of: AttemptID(3)) == [])
      }
    }
  }

  @Test func thatItWasGivenBackIsSaidUntilTheManagerHasHeardIt() async throws {
    let identity = try LinkIdentity()
    let (gate, ran) = (identity.directory.file("gate"), identity.directory.file("ran"))
    try await withHost(identity) { _, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await hasConnected(manager)
        try await manager.send(.run(wholeMachine(1, waiting(for: gate), in: identity)))
        #expect(try await eventually { await manager.reports.count == 1 })
        await manager.answerReports(with: 503)
        try await manager.send(.run(wholeMachine(2, "touch \(ran)", in: identity)))
        // Each refusal is followed by a new link, on which it is said again.
        #expect(try await eventually { await manager.givenBack.count >= 2 })
        #expect(await manager.inventories.last?.held.contains(AttemptID(2)) == true)
        try open(gate)
        #expect(try await eventually { spool(identity) == [AttemptID(1)] })
        await manager.answerReports(with: 200)
        #expect(try await eventually { spool(identity) == [] })
        // Reports of a link may come before its host says what it has.
        #expect(try await eventually { await manager.isLinked })
        let links = await manager.inventories.count
        await manager.dropLinks()
        #expect(try await eventually { await manager.inventories.count > links })
        #expect(await manager.inventories.last?.held == [])
        #expect(!exists(ran))
      }
    }
  }

  @Test func withoutAManagerWhatWaitsIsKeptAndRun() async throws {
    let identity = try LinkIdentity()
    let (gate, ran) = (identity.directory.file("gate"), identity.directory.file("ran"))
    try await withHost(identity) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await hasConnected(manager)
        try await manager.send(.run(wholeMachine(1, waiting(for: gate), in: identity)))
        try await manager.send(.run(wholeMachine(2, "touch \(ran)", in: identity)))
        #expect(try await eventually { await host.runners.count == 2 })
      }
      let limit = Instant.now + RunOrder.patience * 2
      #expect(try await eventually { limit < .now })
      try open(gate)
      #expect(try await eventually { exists(ran) })
      try await withManager(identity, on: reactor) { manager in
        let end = try await end(2, of: manager)
        #expect(end.verdict == .complete)
        #expect(await manager.givenBack == [])
      }
    }
  }

  @Test func whatIsPromisedARoomIsNotGivenBack() async throws {
    let identity = try LinkIdentity()
    let ran = identity.directory.file("ran")
    try await withHost(identity) { host, reactor in
      try await withManager(identity, on: reactor) { manager in
        try await hasConnected(manager)
        let stuck = try StuckStart(of: 0, in: identity)
        for attempt in 1...3 as ClosedRange<UInt64> {
          // Only what begins with the same word may follow in the lane.
          let echo = attempt < 3 ? "echo" : "/bin/echo"
          try await manager.send(
            .run(wholeMachine(attempt, "\(echo) \(attempt) >> \(ran)", in: identity)))
        }
        #expect(try await eventually { await manager.givenBack == [AttemptID(3)] })
        #expect(await Array(host.rooms.promised) == [AttemptID(2)])
        try await stuck.goOn()
        #expect(try await end(1, of: manager).verdict == .release(.start))
        #expect(try await end(2, of: manager).verdict == .complete)
        #expect(contents(of: ran) == "2\n")
      }
    }
  }
}
