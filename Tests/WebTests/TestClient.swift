import HTTP
import Platform
import Testing

/// A client that sends exactly the bytes it is told to, and takes answers apart.
actor TestClient {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  struct Answer: Sendable {
    var status: Int
    var headers: Headers
    var body: String
    var isChunked: Bool
  }

  /// Longer than any test takes: only there so that nothing hangs for ever.
  static let patience = Duration.seconds(40)

  private let session: TLSSession
  private var parser = ResponseParser()

  init(socket: consuming Descriptor, context: TLSContext, reactor: Reactor) throws {
    self.reactor = reactor
    session = try TLSSession(
      client: socket, context: context, serverName: "localhost", reactor: reactor)
  }

  func handshake() async throws { try await session.handshake(until: .now + Self.patience) }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    try await session.write(bytes, until: .now + Self.patience)
  }

  /// The next answer, interim ones (100) included.
  func answer(to method: String = "GET") async throws -> Answer {
    while true {
      if let head = try parser.next(from: &session.input, answering: method) {
        return Answer(
          status: head.status, headers: head.headers, body: try await body(head.framing),
          isChunked: head.framing == .chunked)
      }
      try #require(try await fill() > 0, "the connection ended before the answer")
    }
  }

  /// The next answer's status, its body not being read.
  func status() async throws -> Int {
    while true {
      if let head = try parser.next(from: &session.input, answering: "HEAD") { return head.status }
      try #require(try await fill() > 0, "the connection ended before the answer")
    }
  }

  private func body(_ framing: BodyFraming) async throws -> String {
    var decoder = BodyDecoder(framing)
    var bytes: [UInt8] = []
    while true {
      try decoder.decode(from: &session.input, into: &bytes, limit: 1 << 20)
      if decoder.isComplete { break }
      if session.input.count > 0 { continue }
      if try await fill() == 0 {
        try #require(framing == .untilClose, "the connection ended within a body")
        break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Sends, and gives the next answer.
  func ask(_ text: String, method: String = "GET") async throws -> Answer {
    try await send(text)
    return try await answer(to: method)
  }

  /// What comes, as it is; at least one byte.
  func receive() async throws -> String {
    if session.input.count == 0 { _ = try await fill() }
    let text = session.input.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    session.input.consume(session.input.count)
    return text
  }

  /// Everything that comes until the server closes.
  func receiveAll() async throws -> String {
    var text = ""
    while true {
      let part = try await receive()
      if part.isEmpty { return text }
      text += part
    }
  }

  /// Whether the server has closed, nothing more having come.
  func isClosed() async throws -> Bool {
    do throws(TLSError) {
      return try await session.fill(until: .now + Self.patience) == 0
    } catch .timeout {
      return false
    } catch {
      return true
    }
  }

  func close() { session.close() }

  private func fill() async throws -> Int {
    try await session.fill(until: .now + Self.patience)
  }
}
