import HTTP
import Platform
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct WebActorTests {
  private static func limits(perPort: Int) -> ConnectionLimits {
    var limits = ConnectionLimits()
    limits.connectionsPerPort = perPort
    return limits
  }

  @Test func tooManyConnectionsAreRefusedAndTheOtherPortIsServed() throws {
    try withService(limits: Self.limits(perPort: 3)) { service in
      var crowd: [TestClient] = []
      for _ in 0..<3 { crowd.append(try await service.connect()) }
      let refused = try await service.connect()
      let answer = try await service.ask(refused, "GET", "/rest/version/")
      #expect(answer.status == 503)
      #expect(answer.headers["Retry-After"] == "1")
      #expect(answer.headers["Connection"] == "close")
      let other = try await service.connect(port: service.managerPort)
      #expect(try await service.ask(other, "GET", "/rest/version/").status == 200)
      for client in crowd {
        #expect(try await service.ask(client, "GET", "/rest/version/").status == 200)
      }
    }
  }

  @Test func roomThatIsLeftIsTakenAgain() throws {
    try withService(limits: Self.limits(perPort: 1)) { service in
      for _ in 0..<5 {
        let client = try await service.connect()
        #expect(try await service.ask(client, "GET", "/rest/version/").status == 200)
        await client.close()
        while await service.web.connectionCount > 0 { await service.reactor.yield() }
      }
    }
  }

  @Test func shuttingDownEndsIdleConnectionsAndRefusesNewOnes() throws {
    try withService { service in
      let idle = try await service.connect()
      let silent = try await service.reactor.connect(
        host: "127.0.0.1", port: service.webPort, until: .now + TestClient.patience)
      while await service.web.connectionCount < 2 { await service.reactor.yield() }
      await service.web.shutDown(grace: .seconds(30))
      #expect(try await idle.isClosed())
      try await service.reactor.expectClose(of: silent)
      #expect(await service.web.connectionCount == 0)
      await #expect(throws: (any Error).self) { try await service.connect() }
    }
  }

  @Test func whatOutlastsTheGraceIsCutOff() throws {
    try withService { service in
      let client = try await service.connect()
      try await client.send(
        "POST /rest/v1/jobs/ HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(service.token.text)"
          + "\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
      #expect(try await client.receive().hasPrefix("HTTP/1.1 100 "))
      await service.web.shutDown(grace: .milliseconds(20))
      #expect(try await client.isClosed())
    }
  }

  @Test func aThousandIdleConnectionsAreServedInLittleMemory() throws {
    var limits = ConnectionLimits()
    limits.connectionsPerPort = 2000
    try withService(limits: limits) { service in
      let before = try residentKilobytes()
      var clients: [TestClient] = []
      // Both ends live in this process: half of what the process may open.
      for _ in 0..<min(1000, WebActor.connectionsPerPort(ports: 2) / 2) {
        let client = try await service.connect()
        #expect(try await service.ask(client, "GET", "/rest/version/").status == 200)
        clients.append(client)
      }
      #expect(await service.web.connectionCount == clients.count)
      let grown = try residentKilobytes() - before
      // A client and a server, with OpenSSL's sessions; other tests run meanwhile.
      #expect(grown < clients.count * 400 + 50_000, "\(grown) kB for \(clients.count)")
      #expect(
        try await service.ask(clients[0], "GET", "/rest/version/").status == 200)
      for client in clients { await client.close() }
    }
  }

  private func residentKilobytes() throws -> Int {
    let fields = String(decoding: try readFile("/proc/self/statm"), as: UTF8.self)
      .split(separator: " ")
    return try #require(fields.count > 1 ? Int(fields[1]) : nil) * 4
  }
}
