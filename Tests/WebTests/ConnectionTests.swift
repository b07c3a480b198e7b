import HTTP
import Platform
import Support
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
  /// Says what it was asked, and with which body.
  private static let echo: Responder = { head in
    .later { body throws(ErrorResponse) in
      let text = "\(head.method) \(head.rawTarget) "
      return Response(
        status: 200, body: .bytes(Array(text.utf8) + (try await body.whole(limit: 1 << 20))))
    }
  }

  private static func get(_ path: String, _ fields: String...) -> String {
    "GET \(path) HTTP/1.1\r\nHost: h\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
  }

  // MARK: One after the other

  @Test func aConnectionServesManyRequests() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      for index in 0..<5 {
        let answer = try await client.ask(Self.get("/\(index)"))
        #expect(answer.status == 200)
        #expect(answer.body == "GET /\(index) ")
        #expect(answer.headers["Connection"] == nil)
      }
      #expect(await server.connections.count == 1)
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      let post = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
      try await client.send(Self.get("/a") + post + Self.get("/c"))
      #expect(try await client.answer().body == "GET /a ")
      #expect(try await client.answer().body == "POST /b body")
      #expect(try await client.answer().body == "GET /c ")
    }
  }

  @Test func whoAsksToCloseIsClosed() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      let answer = try await client.ask(Self.get("/", "Connection: close"))
      #expect(answer.headers["Connection"] == "close")
      #expect(try await client.isClosed())
    }
  }

  @Test func requestsMayComeByteByByte() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      let request =
        "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
      for byte in request.utf8 { try await client.send([byte]) }
      #expect(try await client.answer().body == "POST /x abcde")
    }
  }

  @Test func headHasTheHeadersOfGetAndNoBody() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + Self.get("/y"))
      let head = try await client.answer(to: "HEAD")
      #expect(head.headers["Content-Length"] == "8")
      #expect(head.body == "")
      #expect(try await client.answer().body == "GET /y ")
    }
  }

  // MARK: Bodies

  @Test func aBodyThatIsWantedIsAskedFor() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      let head = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
      try await client.send(head)
      #expect(try await client.receive() == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.send("hello")
      #expect(try await client.answer().body == "POST /x hello")
    }
  }

  @Test func aBodyThatNobodyWantsIsNotAskedFor() throws {
    let refuse: Responder = { _ in
      .ready(Response(status: 401, body: .bytes(Array("no".utf8))))
    }
    try withServer(respond: refuse) { server in
      let client = try await server.connect()
      let head = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
      let answer = try await client.ask(head)
      #expect(answer.status == 401)
      #expect(answer.headers["Connection"] == "close")
    }
  }

  @Test func aSmallBodyThatNobodyReadIsSkipped() throws {
    let refuse: Responder = { _ in .ready(Response(status: 401)) }
    try withServer(respond: refuse) { server in
      let client = try await server.connect()
      let trap = Self.get("/trap")
      let post =
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: \(trap.utf8.count)\r\n\r\n\(trap)"
      let chunked =
        "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      for request in [post, chunked, Self.get("/")] {
        let answer = try await client.ask(request)
        #expect(answer.status == 401)
        #expect(answer.headers["Connection"] == nil)
      }
    }
  }

  @Test func aTooLargeBodyIsRefusedBeforeItComes() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      let answer = try await client.ask(
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n")
      #expect(answer.status == 413)
      #expect(answer.headers["Connection"] == "close")
      #expect(answer.body == "the body must not be longer than 1048576 bytes\n")
    }
  }

  @Test func aChunkedBodyIsRefusedOnceItIsTooLarge() throws {
    var limits = ConnectionLimits()
    limits.drain = 1000
    try withServer(limits: limits, respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
      for _ in 0..<17 { try await client.send(chunk) }
      let answer = try await client.answer()
      #expect(answer.status == 413)
      #expect(answer.headers["Connection"] == "close")
      _ = try await client.receiveAll()
    }
  }

  @Test func aLargeChunkedBodyComesWhole() throws {
    let respond: Responder = { _ in
      .later { body throws(ErrorResponse) in
        var count = 0
        while let piece = try await body.next() { count += piece.count }
        return Response(status: 200, body: .bytes(Array("\(count)".utf8)))
      }
    }
    try withServer(respond: respond) { server in
      let client = try await server.connect()
      try await client.send("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "30000\r\n" + String(repeating: "x", count: 0x30000) + "\r\n"
      for _ in 0..<20 { try await client.send(chunk) }
      try await client.send("0\r\n\r\n")
      #expect(try await client.answer().body == String(20 * 0x30000))
      #expect(try await client.ask(Self.get("/")).status == 200)
    }
  }

  // MARK: Slowness

  @Test func aHeadMustBeCompleteInTime() throws {
    var limits = ConnectionLimits()
    limits.head = .milliseconds(50)
    try withServer(limits: limits, respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send("GET / HTTP/1.1\r\n")
      let text = try await client.receiveAll()
      #expect(text.hasPrefix("HTTP/1.1 408 "))
      #expect(text.contains("\r\nConnection: close\r\n"))
    }
  }

  @Test func anIdleConnectionIsClosedInTime() throws {
    var limits = ConnectionLimits()
    limits.idle = .milliseconds(50)
    try withServer(limits: limits, respond: Self.echo) { server in
      let client = try await server.connect()
      #expect(try await client.ask(Self.get("/")).status == 200)
      #expect(try await client.isClosed())
    }
  }

  @Test func aHandshakeMustBeCompleteInTime() throws {
    var limits = ConnectionLimits()
    limits.handshake = .milliseconds(50)
    try withServer(limits: limits, respond: Self.echo) { server in
      let socket = try await server.reactor.connect(
        host: "127.0.0.1", port: server.port, until: .now + TestClient.patience)
      try await server.reactor.expectClose(of: socket)
    }
  }

  @Test func aBodyMustKeepComing() throws {
    var limits = ConnectionLimits()
    limits.bodyFloor = .milliseconds(50)
    limits.linger = .milliseconds(1)
    try withServer(limits: limits, respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
      let text = try await client.receiveAll()
      #expect(text.hasPrefix("HTTP/1.1 408 "))
      #expect(text.contains("the body came too slowly"))
    }
  }

  @Test func aPeerThatDoesNotReadIsGivenUp() throws {
    var limits = ConnectionLimits()
    limits.write = .milliseconds(50)
    let flood: Responder = { _ in
      let piece = [UInt8](repeating: 0x61, count: 64 << 10)
      return .ready(Response(status: 200, body: .pieces(first: piece, next: { piece })))
    }
    try withServer(limits: limits, respond: flood) { server in
      let client = try await server.connect()
      try await client.send(Self.get("/"))
      while await server.ended == 0 { await server.reactor.yield() }
      await client.close()
    }
  }

  // MARK: What must not be understood

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET\r\n\r\n", 400), ("\0\0\0\0\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    ("GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
  ])
  func whatCanBeReadInTwoWaysIsRefusedAndClosed(request: String, status: Int) throws {
    // Longer than the test may take: the client is to see the end before that.
    var limits = ConnectionLimits()
    limits.linger = .seconds(300)
    try withServer(limits: limits, respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send(request + Self.get("/smuggled"))
      let text = try await client.receiveAll()
      #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
      #expect(text.contains("\r\nConnection: close\r\n"))
      #expect(!text.contains("smuggled"))
    }
  }

  @Test func aBrokenChunkEndsTheConnection() throws {
    var limits = ConnectionLimits()
    limits.linger = .milliseconds(1)
    try withServer(limits: limits, respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n"
          + Self.get("/smuggled"))
      let text = try await client.receiveAll()
      #expect(text.hasPrefix("HTTP/1.1 400 "))
      #expect(!text.contains("smuggled"))
    }
  }

  @Test func plainHTTPGetsNoAnswer() throws {
    try withServer(respond: Self.echo) { server in
      let socket = try await server.reactor.connect(
        host: "127.0.0.1", port: server.port, until: .now + TestClient.patience)
      try writeAll(Array(Self.get("/").utf8), to: socket.number, path: "socket")
      let received = try await server.reactor.expectClose(of: socket)
      #expect(!String(decoding: received, as: UTF8.self).contains("HTTP/1"))
    }
  }

  // MARK: Long answers

  private static let pieces: Responder = { _ in
    var left = 5
    return .ready(
      Response(
        status: 200,
        body: .pieces(first: Array("first".utf8)) { () async throws(ErrorResponse) in
          left -= 1
          return left > 0 ? Array(",\(left)".utf8) : nil
        }))
  }

  @Test func piecesAreSentInChunks() throws {
    try withServer(respond: Self.pieces) { server in
      let client = try await server.connect()
      for _ in 0..<2 {
        let answer = try await client.ask(Self.get("/"))
        #expect(answer.isChunked)
        #expect(answer.body == "first,4,3,2,1")
      }
    }
  }

  @Test func clientsOfHTTP10GetPiecesUntilTheEnd() throws {
    try withServer(respond: Self.pieces) { server in
      let client = try await server.connect()
      let answer = try await client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(!answer.isChunked)
      #expect(answer.headers["Connection"] == "close")
      #expect(answer.body == "first,4,3,2,1")
    }
  }

  @Test func anAnswerThatFailsHalfwayIsCutOff() throws {
    let respond: Responder = { _ in
      .ready(
        Response(
          status: 200,
          body: .pieces(first: Array("first".utf8)) { () async throws(ErrorResponse) in
            throw ErrorResponse(503, "gone")
          }))
    }
    try withServer(respond: respond) { server in
      let client = try await server.connect()
      try await client.send(Self.get("/"))
      let text = try await client.receiveAll()
      #expect(text.hasSuffix("\r\n\r\n5\r\nfirst\r\n"))
    }
  }

  @Test func aHeadOfPiecesHasNoBody() throws {
    try withServer(respond: Self.pieces) { server in
      let client = try await server.connect()
      try await client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + Self.get("/"))
      #expect(try await client.answer(to: "HEAD").headers["Transfer-Encoding"] == "chunked")
      #expect(try await client.answer().body == "first,4,3,2,1")
    }
  }
}
