import Platform
import Support
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
  private static let identity = try? TestIdentity()
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  /// Runs `body` with a client and the server it talks to.
  private func withClient(
    bodyLimit: Int = 1 << 30, name: String = "localhost",
    script: @escaping @Sendable (TestServer.Received) -> TestServer.Reply,
    run body: sending @escaping (Client, TestServer) async throws -> Void
  ) throws {
    let identity = try #require(Self.identity)
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let server = try TestServer(on: reactor, context: identity.server, script: script)
      let client = Client(
        reactor: reactor, host: "127.0.0.1", port: server.port, serverName: name,
        context: identity.client, token: "secret", bodyLimit: bodyLimit)
      async let running: Void = server.run()
      do {
        try await body(client, server)
      } catch {
        await client.close()
        await server.stop()
        await running
        throw error
      }
      await client.close()
      await server.stop()
      await running
    }
  }

  /// Why a request failed; nil if it did not.
  private static func fault(_ client: Client, _ target: String, until deadline: Instant) async
    -> TLSError?
  {
    do {
      _ = try await client.send("GET", target, until: deadline)
      return nil
    } catch {
      return error as? TLSError ?? .failed("\(error)")
    }
  }

  private static var soon: Instant { .now + .seconds(20) }

  @Test func aRequestIsSentWholeAndItsAnswerRead() throws {
    try withClient {
      .body(Array("got ".utf8) + $0.body)
    } run: { client, server in
      var headers = Headers()
      headers.add("X-Extra", "1")
      let answer = try await client.send(
        "POST", "/a?b=c d", headers: headers, body: Array("body".utf8), until: Self.soon)
      #expect(answer.status == 200)
      #expect(answer.body == Array("got body".utf8))
      #expect(answer.headers["content-length"] == "8")
      let request = try #require(await server.received.first?.request)
      #expect(request.rawTarget == "/a?b=c%20d")
      #expect(request.headers["authorization"] == "Bearer secret")
      #expect(request.headers["host"] == "127.0.0.1:\(server.port)")
      #expect(request.headers["x-extra"] == "1")
    }
  }

  @Test func aConnectionServesManyRequests() throws {
    try withClient {
      .body(Array("\($0.number)".utf8))
    } run: { client, server in
      for (number, method) in ["GET", "POST", "DELETE", "GET"].enumerated() {
        let answer = try await client.send(method, "/", until: Self.soon)
        #expect(answer.body == Array("\(number)".utf8))
      }
      #expect(await server.received.map(\.connection) == [0, 0, 0, 0])
    }
  }

  @Test(arguments: [
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "abcd"
    ),
    ("HTTP/1.1 200 OK\r\n\r\nabcd", "abcd"),
    ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd", "abcd"),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nabcd", "abcd"),
    ("HTTP/1.1 204 No Content\r\n\r\n", ""),
  ])
  func anAnswerEndsWhereItsFramingSays(_ text: String, _ body: String) throws {
    try withClient { _ in
      .last(text)
    } run: { client, _ in
      let answer = try await client.send("GET", "/", until: Self.soon)
      #expect(answer.body == Array(body.utf8))
    }
  }

  @Test func theAnswerToHEADHasNoBody() throws {
    try withClient { _ in
      .body(Array("body".utf8))
    } run: { client, server in
      let answer = try await client.send("HEAD", "/", until: Self.soon)
      #expect(answer.headers["Content-Length"] == "4")
      #expect(answer.body == [])
      let next = try await client.send("GET", "/", until: Self.soon)
      #expect(next.body.count == 4)
      #expect(await server.received.map(\.connection) == [0, 0])
    }
  }

  @Test func largeBodiesPassBothWays() throws {
    let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try withClient {
      .body($0.body)
    } run: { client, _ in
      let answer = try await client.send("PUT", "/", body: bytes, until: Self.soon)
      #expect(answer.body == bytes)
    }
  }

  // MARK: Connections that end

  @Test(arguments: ["GET", "POST"])
  func aConnectionThatEndedWhileIdleIsReplacedUnnoticed(method: String) throws {
    try withClient { _ in
      .last(Self.ok)
    } run: { client, server in
      for _ in 0..<3 {
        let answer = try await client.send(method, "/", until: Self.soon)
        #expect(answer.status == 200)
        // The server has ended the connection in the same breath.
      }
      #expect(await server.received.map(\.connection) == [0, 1, 2])
    }
  }

  @Test func anIdempotentRequestIsAskedAgainOnceWhenAKeptConnectionDies() throws {
    try withClient {
      $0.number == 1 ? .last("") : .raw(Self.ok)
    } run: { client, server in
      _ = try await client.send("GET", "/1", until: Self.soon)
      let answer = try await client.send("GET", "/2", until: Self.soon)
      #expect(answer.status == 200)
      #expect(await server.received.map(\.request.rawTarget) == ["/1", "/2", "/2"])
      #expect(await server.received.map(\.connection) == [0, 0, 1])
    }
  }

  @Test func itIsAskedAgainOnlyOnce() throws {
    try withClient {
      $0.number == 0 ? .raw(Self.ok) : .last("")
    } run: { client, server in
      _ = try await client.send("GET", "/", until: Self.soon)
      await #expect(throws: TLSError.closed) { try await client.send("GET", "/", until: Self.soon) }
      #expect(await server.received.count == 3)
    }
  }

  @Test func aRequestThatMayHaveHadAnEffectIsNotRepeated() throws {
    try withClient {
      $0.number == 1 ? .last("") : .raw(Self.ok)
    } run: { client, server in
      _ = try await client.send("POST", "/1", until: Self.soon)
      await #expect(throws: TLSError.closed) {
        try await client.send("POST", "/2", until: Self.soon)
      }
      let answer = try await client.send("POST", "/3", until: Self.soon)
      #expect(answer.status == 200)
      #expect(await server.received.map(\.request.rawTarget) == ["/1", "/2", "/3"])
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
  ])
  func anAnswerThatWasCutShortIsAnError(_ text: String) throws {
    try withClient {
      $0.number == 1 ? .last(text) : .raw(Self.ok)
    } run: { client, server in
      _ = try await client.send("GET", "/", until: Self.soon)
      await #expect(throws: TLSError.closed) { try await client.send("GET", "/", until: Self.soon) }
      #expect(await server.received.count == 2)
    }
  }

  @Test func aServerThatSpeaksUnaskedIsNotTrustedWithAnotherRequest() throws {
    try withClient { _ in
      .raw(Self.ok + Self.ok)
    } run: { client, server in
      for _ in 0..<2 {
        let answer = try await client.send("GET", "/", until: Self.soon)
        #expect(answer.body == Array("ok".utf8))
      }
      #expect(await server.received.map(\.connection) == [0, 1])
    }
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
  ])
  func whatIsNotHTTPIsAnError(_ text: String) throws {
    try withClient { _ in
      .last(text)
    } run: { client, _ in
      let error = await #expect(throws: HTTPError.self) {
        try await client.send("GET", "/", until: Self.soon)
      }
      #expect(error?.status == 502)
    }
  }

  @Test func anAnswerBeyondTheLimitIsAnError() throws {
    try withClient(bodyLimit: 10) {
      .body(Array(repeating: 7, count: 10 + $0.number))
    } run: { client, _ in
      let answer = try await client.send("GET", "/", until: Self.soon)
      #expect(answer.body.count == 10)
      await #expect(throws: HTTPError.self) { try await client.send("GET", "/", until: Self.soon) }
    }
  }

  // MARK: Deadlines, turns, closing

  @Test func aServerThatIsSilentIsGivenUpAtTheDeadline() throws {
    try withClient {
      $0.number == 0 ? .silence : .raw(Self.ok)
    } run: { client, server in
      await #expect(throws: TLSError.timeout) {
        try await client.send("GET", "/", until: .now + .milliseconds(50))
      }
      let answer = try await client.send("GET", "/", until: Self.soon)
      #expect(answer.status == 200)
      #expect(await server.received.map(\.connection) == [0, 1])
    }
  }

  @Test func requestsTakeTurns() throws {
    try withClient {
      .body(Array($0.request.rawTarget.utf8))
    } run: { client, server in
      try await withThrowingTaskGroup { group in
        for number in 0..<20 {
          group.addTask {
            let answer = try await client.send("GET", "/\(number)", until: Self.soon)
            #expect(answer.body == Array("/\(number)".utf8))
          }
        }
        try await group.waitForAll()
      }
      #expect(await server.received.map(\.connection) == Array(repeating: 0, count: 20))
    }
  }

  @Test func whoeverWaitsForATurnInVainLeavesTheOthersTheirs() throws {
    try withClient {
      $0.number == 0 ? .silence : .raw(Self.ok)
    } run: { client, _ in
      async let first = Self.fault(client, "/1", until: .now + .milliseconds(200))
      await client.reactor.yield()
      async let second = Self.fault(client, "/2", until: .now + .milliseconds(20))
      async let third = Self.fault(client, "/3", until: Self.soon)
      let faults = await [first, second, third]
      #expect(faults == [.timeout, .timeout, nil])
    }
  }

  @Test func closingEndsTheRequestUnderWayAndNothingElse() throws {
    try withClient {
      $0.number == 1 ? .silence : .raw(Self.ok)
    } run: { client, server in
      _ = try await client.send("GET", "/1", until: Self.soon)
      async let second = Self.fault(client, "/2", until: Self.soon)
      while await server.received.count < 2 { await client.reactor.yield() }
      await client.close()
      let fault = await second
      #expect(fault == .closed)
      #expect(await server.received.count == 2)
      let answer = try await client.send("GET", "/3", until: Self.soon)
      #expect(answer.status == 200)
    }
  }

  // MARK: No connection

  @Test func aPortNobodyListensOnIsAnError() throws {
    let identity = try #require(Self.identity)
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      let port = listener.port
      listener.close()
      let client = Client(
        reactor: reactor, host: "localhost", port: port, serverName: "localhost",
        context: identity.client, token: nil)
      await #expect(throws: ConnectError.self) {
        try await client.send("GET", "/", until: Self.soon)
      }
    }
  }

  @Test func aServerOfAnotherNameIsNotAsked() throws {
    try withClient(name: "example.org") { _ in
      .raw(Self.ok)
    } run: { client, server in
      await #expect(throws: TLSError.failed("TLS handshake: certificate verify failed")) {
        try await client.send("GET", "/", until: Self.soon)
      }
      #expect(await server.received.isEmpty)
    }
  }

  // MARK: Streams

  /// What a stream has given so far.
  private actor Sink {
    var pieces: [String] = []
    func take(_ bytes: [UInt8]) -> Int {
      pieces.append(String(decoding: bytes, as: UTF8.self))
      return pieces.count
    }
    var text: String { pieces.joined() }
  }

  private static let streamHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test func aStreamIsGivenPieceByPieceToItsEnd() throws {
    let pieces = [Self.streamHead, "4\r\nabc\n\r\n", "4\r\nde", "f\n\r\n", "0\r\n\r\n"]
    try withClient { _ in
      .pieces(pieces)
    } run: { client, server in
      for _ in 0..<2 {
        let sink = Sink()
        let answer = try await client.stream("GET", "/", idle: .seconds(20)) { bytes in
          await sink.take(bytes) > 0
        }
        #expect(answer.status == 200)
        #expect(await sink.text == "abc\ndef\n")
      }
      #expect(await server.received.map(\.connection) == [0, 0])
    }
  }

  @Test func whoeverReceivesMayStopAStream() throws {
    let pieces = [Self.streamHead, "2\r\na\n\r\n"]
    try withClient {
      $0.number == 0 ? .pieces(pieces) : .raw(Self.ok)
    } run: { client, server in
      let sink = Sink()
      let answer = try await client.stream("POST", "/", body: [1], idle: .seconds(20)) { bytes in
        await sink.take(bytes) < 1
      }
      #expect(answer.status == 200)
      #expect(await sink.text == "a\n")
      #expect(try await client.send("GET", "/", until: Self.soon).status == 200)
      #expect(await server.received.map(\.connection) == [0, 1])
    }
  }

  @Test func aStreamThatFallsSilentIsGivenUp() throws {
    try withClient { _ in
      .pieces([Self.streamHead, "2\r\na\n\r\n"])
    } run: { client, _ in
      let sink = Sink()
      await #expect(throws: TLSError.timeout) {
        try await client.stream("GET", "/", idle: .milliseconds(50)) { bytes in
          await sink.take(bytes) > 0
        }
      }
      #expect(await sink.text == "a\n")
    }
  }

  @Test func aStreamThatEndsBeforeItsLastChunkIsAnError() throws {
    try withClient { _ in
      .last(Self.streamHead + "2\r\na\n\r\n")
    } run: { client, _ in
      await #expect(throws: TLSError.closed) {
        try await client.stream("GET", "/", idle: .seconds(20)) { _ in true }
      }
    }
  }

  @Test func aRefusedStreamGivesTheWholeRefusal() throws {
    let refusal = "HTTP/1.1 503 Wait\r\nContent-Length: 4\r\n\r\nlate"
    try withClient { _ in
      .raw(refusal)
    } run: { client, _ in
      let sink = Sink()
      let answer = try await client.stream("GET", "/", idle: .seconds(20)) { bytes in
        await sink.take(bytes) > 0
      }
      #expect(answer.status == 503)
      #expect(answer.body == Array("late".utf8))
      #expect(await sink.text == "")
    }
  }
}
