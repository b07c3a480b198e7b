import HTTP
import Platform
import Support
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct LineStreamTests {
  private static let post = "POST /link HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"

  /// A stream, where its lines come from, and whether it was ended.
  private struct Source: Sendable {
    let stream: AsyncStream<[UInt8]>
    let lines: AsyncStream<[UInt8]>.Continuation
    /// Ends when the iteration of `stream` has.
    let end: AsyncStream<Void>

    init() {
      (stream, lines) = AsyncStream.makeStream(of: [UInt8].self)
      let (end, ending) = AsyncStream.makeStream(of: Void.self)
      self.end = end
      lines.onTermination = { _ in ending.finish() }
    }

    var respond: Responder {
      { _ in .ready(Response(status: 200, body: .lines(stream))) }
    }

    func send(_ line: String) { lines.yield(Array("\(line)\n".utf8)) }
    func waitForEnd() async { for await _ in end {} }
  }

  @Test func linesAreSentAsTheyCome() throws {
    let source = Source()
    try withServer(respond: source.respond) { server in
      let client = try await server.connect()
      try await client.send(Self.post)
      #expect(try await client.receive().hasSuffix("\r\n\r\n"))
      for line in ["one", "two"] {
        source.send(line)
        #expect(try await client.receive() == "4\r\n\(line)\n\r\n")
      }
      source.lines.finish()
      #expect(try await client.receiveAll() == "0\r\n\r\n")
    }
  }

  @Test func whenTheClientGoesTheStreamIsEnded() throws {
    let source = Source()
    try withServer(respond: source.respond) { server in
      let client = try await server.connect()
      try await client.send(Self.post)
      #expect(try await client.status() == 200)
      await client.close()
      await source.waitForEnd()
    }
  }

  @Test func whenTheServerEndsTheStreamHasItsClosingWord() throws {
    let source = Source()
    try withServer(respond: source.respond) { server in
      let client = try await server.connect()
      try await client.send(Self.post)
      #expect(try await client.receive().hasSuffix("\r\n\r\n"))
      await server.finish()
      #expect(try await client.receiveAll() == "0\r\n\r\n")
      await source.waitForEnd()
    }
  }

  @Test func aClientThatSendsWhatNobodyAskedForIsCutOff() throws {
    let source = Source()
    try withServer(respond: source.respond) { server in
      let client = try await server.connect()
      try await client.send(Self.post + String(repeating: "x", count: 100_000))
      _ = try? await client.receiveAll()
      await source.waitForEnd()
    }
  }
}
