import HTTP
import Jobs
import Platform
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct LinkRoutesTests {
  private static let inventory = Inventory(
    incarnation: Incarnation(String(repeating: "a", count: 32)), host: "host", hostIP: "127.0.0.1",
    pid: 1, startTicks: 1, bootID: "boot", cores: 2, memory: 4096)

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func connectHost(_ service: TestService) async throws -> TestClient {
    let host = try await service.connect(port: service.managerPort)
    let body = text(inventory.encoded())
    try await host.send(
      "POST /link/v1/orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(service.token.text)\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    #expect(try await host.status() == 200)
    return host
  }

  @Test func ordersAreStreamedAndReportsAreAnswered() throws {
    try withService { service in
      let host = try await Self.connectHost(service)
      _ = try await service.add([JobSpec(cmd: "true", cwd: "/tmp")])
      var line = ""
      while !line.contains("\n") { line += try await host.receive() }
      let order = try #require(
        line.split(separator: "\r\n").first { $0.contains("{") }, "an order")
      guard case .run(let run) = try HostOrder(decoding: Array(order.utf8)) else {
        Issue.record("not an order to run: \(order)")
        return
      }
      #expect(run.spec.cmd == "true")

      let start = RunStart(attempt: run.attempt, pid: 7, startedAt: Timestamp(seconds: 1))
      let end = RunEnd(
        attempt: run.attempt, verdict: .complete, start: start, exited: true, exitCode: 0,
        endedAt: Timestamp(seconds: 2))
      let batch = ReportBatch(
        incarnation: Self.inventory.incarnation, sequence: 1, alive: [], reports: [.ended(end)])
      let answer = try await service.ask(
        "POST", "/link/v1/reports", body: Self.text(batch.encoded()))
      #expect(answer.status == 200)
      #expect(
        try ReportAnswer(decoding: Array(answer.body.utf8)).acknowledged == [run.attempt])
      await host.close()
    }
  }

  @Test func aHostThatGoesIsNoticed() throws {
    try withService { service in
      let host = try await Self.connectHost(service)
      await host.close()
      while await service.web.connectionCount > 0 { await service.reactor.yield() }
    }
  }

  @Test func theNewestLinkOfAHostWins() throws {
    try withService { service in
      let old = try await Self.connectHost(service)
      let new = try await Self.connectHost(service)
      #expect(try await old.receiveAll().hasSuffix("0\r\n\r\n"))
      await new.close()
    }
  }

  @Test func aHostOfAnotherLinkIsToldWhyNotAndPeopleAreToldOnce() throws {
    try withService { service in
      var stranger = Self.inventory
      stranger.linkVersion = Inventory.currentLinkVersion + 1
      for _ in 0..<2 {
        let answer = try await service.ask(
          "POST", "/link/v1/orders", body: Self.text(stranger.encoded()))
        #expect(answer.status == 409)
        #expect(answer.body.contains("speaks version 4 of the link, this manager 1 to 3"))
      }
      let warnings = await service.queue.takeWarnings()
      #expect(warnings.map(\.count) == [1])
      #expect(warnings.first?.message.contains("runner host host (pid 1)") == true)
    }
  }

  @Test func shuttingDownEndsTheStreamOfOrders() throws {
    try withService { service in
      let host = try await Self.connectHost(service)
      await service.web.shutDown(grace: .seconds(30))
      #expect(try await host.receiveAll().hasSuffix("0\r\n\r\n"))
    }
  }

  @Test(arguments: ["/link/v1/orders", "/link/v1/reports"])
  func whatIsNoJSONIsRefused(path: String) throws {
    try withService { service in
      for body in ["nonsense", "[]", "{}", ""] {
        let answer = try await service.ask("POST", path, body: body)
        #expect(answer.status == 400)
        #expect(answer.body.contains(" at byte "))
      }
    }
  }
}
