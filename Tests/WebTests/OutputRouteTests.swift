import HTTP
import Jobs
import Manager
import Platform
import Testing

@testable import Web

/// What commands write, from a host that a test plays to a client that reads it.
@Suite(.timeLimit(.minutes(1)))
struct OutputRouteTests {
  private static let inventory = Inventory(
    incarnation: Incarnation(String(repeating: "a", count: 32)), host: "host", hostIP: "127.0.0.1",
    pid: 1, startTicks: 1, bootID: "boot", cores: 2, memory: 4096)

  /// The host's end of the link.
  private actor Host {
    private var iterator: AsyncStream<[UInt8]>.Iterator
    private var orders: [HostOrder] = []

    init(_ lines: AsyncStream<[UInt8]>) { iterator = lines.makeAsyncIterator() }

    /// The next order but for pings.
    func next() async throws -> HostOrder {
      while orders.isEmpty {
        var iterator = iterator
        let lines = try #require(await iterator.next(isolation: self))
        self.iterator = iterator
        orders = try lines.split(separator: UInt8(ascii: "\n")).map {
          try HostOrder(decoding: Array($0))
        }.filter { $0 != .ping }
      }
      return orders.removeFirst()
    }
  }

  /// A job that a host runs, and that host.
  private struct Stage: Sendable {
    let service: TestService
    let host: Host
    let order: RunOrder

    var path: String { "/rest/v1/jobs/\(order.key)" }

    func report(_ written: [RunOutput], _ reports: [RunReport] = []) async throws {
      _ = try await service.queue.report(
        ReportBatch(
          incarnation: inventory.incarnation, sequence: 1, alive: [], reports: reports,
          written: written))
    }

    func open(_ target: String) async throws -> TestClient {
      let client = try await service.connect()
      try await client.send(
        "GET \(path)/\(target) HTTP/1.1\r\nHost: h\r\n"
          + "Authorization: Bearer \(service.token.text)\r\n\r\n")
      return client
    }

    func wish() async throws -> OutputWish {
      guard case .follow(let wish) = try await host.next() else {
        throw Unexpected(what: "no wish to follow")
      }
      return wish
    }

    func end(_ verdict: Verdict, stdout: String = "") -> RunEnd {
      RunEnd(
        attempt: order.attempt, verdict: verdict,
        start: RunStart(attempt: order.attempt, pid: 7, startedAt: Timestamp(seconds: 1)),
        exited: true, exitCode: 0, endedAt: Timestamp(seconds: 2), stdout: stdout)
    }
  }

  private struct Unexpected: Error { var what: String }

  private func withStage(
    version: Int = Inventory.currentLinkVersion, isStarted: Bool = true, keepsOutput: Bool = false,
    _ body: @escaping @Sendable (Stage) async throws -> Void
  ) throws {
    try withService { service in
      var inventory = Self.inventory
      inventory.linkVersion = version
      let host = Host(try await service.queue.connect(inventory))
      _ = try await service.add([JobSpec(cmd: "true", cwd: "/tmp", keepsOutput: keepsOutput)])
      guard case .run(let order) = try await host.next() else {
        throw Unexpected(what: "no order to run")
      }
      let start = RunStart(attempt: order.attempt, pid: 7, startedAt: Timestamp(seconds: 1))
      let stage = Stage(service: service, host: host, order: order)
      if isStarted { try await stage.report([], [.started(start)]) }
      try await body(stage)
    }
  }

  @Test func whatACommandWritesIsSeenWhileItRuns() throws {
    try withStage { stage in
      let client = try await stage.open("stdout?follow=true")
      let wish = try await stage.wish()
      #expect(wish.attempt == stage.order.attempt)
      #expect(wish.stream == .stdout && !wish.isOnce)
      #expect(try await client.status() == 200)
      for text in ["so far\n", "more\n"] {
        try await stage.report([RunOutput(follower: wish.follower, text: text)])
        let size = String(text.utf8.count, radix: 16)
        #expect(try await client.receive() == "\(size)\r\n\(text)\r\n")
      }
      try await stage.report(
        [RunOutput(follower: wish.follower, text: "end\n", isLast: true)],
        [.ended(stage.end(.complete))])
      #expect(try await client.receiveAll() == "4\r\nend\n\r\n0\r\n\r\n")
    }
  }

  @Test func whatThereIsSoFarIsAWholeAnswer() throws {
    try withStage { stage in
      let client = try await stage.open("stderr")
      let wish = try await stage.wish()
      #expect(wish.stream == .stderr && wish.isOnce)
      try await stage.report([RunOutput(follower: wish.follower, text: "e", isLast: true)])
      #expect(try await client.answer().body == "e")
    }
  }

  @Test func whoFollowsAJobThatIsGivenBackSeesItsNextAttempt() throws {
    try withStage(isStarted: false) { stage in
      let client = try await stage.open("stdout?follow=true")
      let first = try await stage.wish()
      try await stage.report([], [.givenBack(stage.order.attempt)])
      guard case .run(let order) = try await stage.host.next() else {
        throw Unexpected(what: "no second order")
      }
      let next = try await stage.wish()
      #expect(next.attempt == order.attempt && next.follower == first.follower)
      var end = stage.end(.complete)
      end.attempt = order.attempt
      end.start?.attempt = order.attempt
      try await stage.report(
        [RunOutput(follower: next.follower, text: "end\n", isLast: true)], [.ended(end)])
      #expect(try await client.answer().body == "end\n")
    }
  }

  @Test func whoComesTooLateToSeeItRunSeesWhatIsKept() throws {
    try withStage { stage in
      let client = try await stage.open("stdout?follow=true")
      let wish = try await stage.wish()
      try await stage.report(
        [RunOutput(follower: wish.follower, text: "", isLast: true)],
        [.ended(stage.end(.bury(.exit), stdout: "kept"))])
      #expect(try await client.answer().body == "kept")
      #expect(try await stage.open("stdout?follow=true").answer().body == "kept")
    }
  }

  @Test(arguments: [true, false])
  func statusesShowTheOutputOfCompleteJobsThatKeepIt(keepsOutput: Bool) throws {
    try withStage(keepsOutput: keepsOutput) { stage in
      try await stage.report([], [.ended(stage.end(.complete, stdout: "kept"))])
      let client = try await stage.service.connect()
      for path in [stage.path, "/rest/v1/jobs/manually_added"] {
        let shown = try await stage.service.ask(client, "GET", path + "?std=true").body
        #expect(shown.contains("\"State\":\"complete\""))
        #expect(shown.contains("\"StdOut\":\"kept\"") == keepsOutput)
        let unasked = try await stage.service.ask(client, "GET", path).body
        #expect(unasked.contains("\"StdOut\":\"\""))
      }
    }
  }

  @Test func aSlowFollowerLosesTheOldest() throws {
    try withStage { stage in
      let client = try await stage.open("stdout?follow=true")
      let wish = try await stage.wish()
      // More than a socket takes whose other end does not read.
      let line = String(repeating: "x", count: 999) + "\n"
      for _ in 0..<400 {
        try await stage.report(
          [RunOutput(follower: wish.follower, text: String(repeating: line, count: 60))])
      }
      try await stage.report(
        [RunOutput(follower: wish.follower, text: "end\n", isLast: true)],
        [.ended(stage.end(.complete))])
      let body = try await client.receiveAll()
      #expect(body.contains("bytes came too fast and are left out"))
      #expect(body.hasSuffix("end\n\r\n0\r\n\r\n"))
    }
  }

  @Test func aHostIsToldWhenNobodyFollowsAnyMore() throws {
    try withStage { stage in
      let client = try await stage.open("stdout?follow=true")
      let wish = try await stage.wish()
      #expect(try await client.status() == 200)
      await client.close()
      while await stage.service.web.connectionCount > 0 { await stage.service.reactor.yield() }
      try await stage.report([RunOutput(follower: wish.follower, text: "nobody")])
      #expect(try await stage.host.next() == .unfollow(wish.follower))
    }
  }

  @Test func theEndOfALinkIsSaid() throws {
    try withStage { stage in
      let client = try await stage.open("stdout?follow=true")
      _ = try await stage.wish()
      await stage.service.queue.hostIsGone(pid: 1, startTicks: 1)
      #expect(
        try await client.answer().body
          == "\n[wr: the runner host that runs the job is out of touch]\n")
      let late = try await stage.open("stdout?follow=true").answer()
      #expect(late.status == 503)
    }
  }

  @Test func theEndOfTheManagerIsSaid() throws {
    try withStage { stage in
      let client = try await stage.open("stdout?follow=true")
      _ = try await stage.wish()
      await stage.service.queue.stop()
      #expect(try await client.answer().body == "\n[wr: the manager has stopped]\n")
    }
  }

  @Test func aHostOfAnOlderVersionIsNotAsked() throws {
    try withStage(version: 1) { stage in
      let answer = try await stage.open("stdout?follow=true").answer()
      #expect(answer.status == 503)
      #expect(answer.body.contains("of an older wr"))
    }
  }
}
