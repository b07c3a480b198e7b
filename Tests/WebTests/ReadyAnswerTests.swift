import HTTP
import Synchronization
import Testing

@testable import Web

/// Answers that are there at once, which are sent without a wait on the way.
@Suite(.timeLimit(.minutes(1)))
struct ReadyAnswerTests {
  private static let echo: Responder = { head in
    .ready(Response(status: 200, body: .bytes(Array("\(head.method) \(head.rawTarget)".utf8))))
  }

  private static func request(
    _ path: String, method: String = "GET", version: String = "1.1", _ fields: String...
  ) -> String {
    "\(method) \(path) HTTP/\(version)\r\nHost: h\r\n" + fields.map { $0 + "\r\n" }.joined()
      + "\r\n"
  }

  @Test func pipelinedOnesComeInOrder() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      // More than are answered before others get a turn.
      let paths = (0..<100).map { "/\($0)" }
      try await client.send(paths.map { Self.request($0) }.joined())
      for path in paths { #expect(try await client.answer().body == "GET \(path)") }
    }
  }

  @Test func headHasTheLengthOfGetAndNoBody() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send(Self.request("/x", method: "HEAD") + Self.request("/y"))
      let head = try await client.answer(to: "HEAD")
      #expect(head.headers["Content-Length"] == "7")
      #expect(try await client.answer().body == "GET /y")
    }
  }

  @Test func headOfAListInPiecesHasNoneOfThem() throws {
    let list: Responder = { head in
      if head.method == "GET" { return try Self.echo(head) }
      return .ready(Response(status: 200, body: .pieces(first: [1], next: { nil })))
    }
    try withServer(respond: list) { server in
      let client = try await server.connect()
      try await client.send(Self.request("/x", method: "HEAD") + Self.request("/y"))
      let head = try await client.answer(to: "HEAD")
      #expect(head.headers["Transfer-Encoding"] == "chunked")
      #expect(try await client.answer().body == "GET /y")
    }
  }

  @Test func afterTheOneThatAsksToCloseNothingIsAnswered() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      try await client.send(Self.request("/a", "Connection: close") + Self.request("/b"))
      let answer = try await client.answer()
      #expect(answer.body == "GET /a")
      #expect(answer.headers["Connection"] == "close")
      #expect(try await client.isClosed())
    }
  }

  @Test func aClientOfHTTP10StaysIfItAsksTo() throws {
    try withServer(respond: Self.echo) { server in
      let client = try await server.connect()
      let kept = try await client.ask(
        Self.request("/a", version: "1.0", "Connection: keep-alive"))
      #expect(kept.body == "GET /a")
      #expect(kept.headers["Connection"] == "keep-alive")
      let last = try await client.ask(Self.request("/b", version: "1.0"))
      #expect(last.body == "GET /b")
      #expect(last.headers["Connection"] == "close")
      #expect(try await client.isClosed())
    }
  }

  @Test func aClientOfHTTP10GetsPiecesUntilTheEnd() throws {
    let pieces: Responder = { _ in
      var rest = ["b", "c"]
      return .ready(
        Response(
          status: 200,
          body: .pieces(first: Array("a".utf8)) {
            rest.isEmpty ? nil : Array(rest.removeFirst().utf8)
          }))
    }
    try withServer(respond: pieces) { server in
      let client = try await server.connect()
      try await client.send(Self.request("/", version: "1.0", "Connection: keep-alive"))
      let answer = try await client.receiveAll()
      #expect(answer.contains("\r\nConnection: close\r\n"))
      #expect(!answer.contains("Transfer-Encoding"))
      #expect(answer.hasSuffix("\r\n\r\nabc"))
    }
  }

  /// All run on one reactor: without a turn for others, the flood would be answered to its end first.
  @Test func aFloodOfPipelinedRequestsHoldsUpNobody() throws {
    final class Count: Sendable { let answered = Atomic(0) }
    let flood = 20_000
    let count = Count()
    let counting: Responder = { head in
      if head.rawTarget == "/flood" { count.answered.add(1, ordering: .relaxed) }
      return try Self.echo(head)
    }
    try withServer(respond: counting) { server in
      let other = try await server.connect()
      let client = try await server.connect()
      async let sent: Void = client.send(
        String(repeating: Self.request("/flood"), count: flood))
      async let received = client.receive(answers: flood)
      while count.answered.load(ordering: .relaxed) == 0 { await server.reactor.yield() }
      for index in 0..<3 {
        #expect(try await other.ask(Self.request("/\(index)")).body == "GET /\(index)")
      }
      #expect(count.answered.load(ordering: .relaxed) < flood)
      try await sent
      #expect(try await received)
    }
  }
}

extension TestClient {
  /// Reads so many answers.
  /// - Returns: whether all were good.
  fileprivate func receive(answers: Int) async throws -> Bool {
    for _ in 0..<answers where try await answer().status != 200 { return false }
    return true
  }
}
