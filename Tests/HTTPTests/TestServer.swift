import Platform
import Support

@testable import HTTP

/// A server of TLS on loopback that does what a test tells it, request by request.
actor TestServer {
  /// What follows a request.
  enum Reply: Sendable {
    /// An answer of status 200 with this body; the connection stays.
    case body([UInt8])
    /// These bytes; the connection stays.
    case raw(String)
    /// These bytes, and the end of the connection.
    case last(String)
    /// These pieces, with a turn of the reactor between them.
    case pieces([String])
    case silence
  }
  struct Received: Sendable {
    /// Of the connection, from 0.
    var connection: Int
    /// Of the request on all connections, from 0.
    var number: Int
    var request: Request
    var body: [UInt8]
  }

  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
  nonisolated let port: UInt16
  private let listener: Listener
  private let context: TLSContext
  private let script: @Sendable (Received) -> Reply
  private var connections = 0
  private var sessions: [TLSSession] = []
  private(set) var received: [Received] = []

  init(
    on reactor: Reactor, context: TLSContext, script: @escaping @Sendable (Received) -> Reply
  ) throws {
    self.reactor = reactor
    self.context = context
    self.script = script
    listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
    port = listener.port
  }

  /// Serves until `stop()`.
  func run() async {
    await withDiscardingTaskGroup { group in
      while let socket = try? await listener.accept() {
        let number = socket.release()
        group.addTask { await self.serve(number) }
      }
    }
  }

  func stop() {
    listener.close()
    for session in sessions { session.close() }
  }

  private func serve(_ socket: Int32) async {
    let connection = connections
    connections += 1
    guard
      let session = try? TLSSession(
        server: Descriptor(owning: socket), context: context, reactor: reactor)
    else { return }
    sessions.append(session)
    defer { session.close() }
    // A client that goes away ends the connection, as it does a real one.
    try? await exchange(session, connection)
  }

  private func exchange(_ session: TLSSession, _ connection: Int) async throws {
    let deadline = Instant.now + .seconds(30)
    try await session.handshake(until: deadline)
    var parser = RequestParser()
    while true {
      guard let request = try parser.next(from: &session.input) else {
        if try await session.fill(until: deadline) == 0 { return }
        continue
      }
      var decoder = BodyDecoder(request.framing)
      var body: [UInt8] = []
      while true {
        try decoder.decode(from: &session.input, into: &body, limit: .max)
        if decoder.isComplete { break }
        if try await session.fill(until: deadline) == 0 { return }
      }
      let item = Received(
        connection: connection, number: received.count, request: request, body: body)
      received.append(item)
      guard try await reply(script(item), to: request, session, deadline) else { return }
    }
  }

  /// - Returns: whether the connection stays.
  private func reply(
    _ reply: Reply, to request: Request, _ session: TLSSession, _ deadline: Instant
  ) async throws -> Bool {
    switch reply {
    case .body(let body):
      let head = MessageWriter.responseHead(
        status: 200, headers: Headers(), framing: .length(body.count), keepsAlive: true)
      try await session.write(
        request.method == "HEAD" ? head : head + body, until: deadline)
    case .raw(let text): try await session.write(Array(text.utf8), until: deadline)
    case .last(let text):
      try await session.write(Array(text.utf8), until: deadline)
      return false
    case .pieces(let pieces):
      for piece in pieces {
        try await session.write(Array(piece.utf8), until: deadline)
        await reactor.yield()
      }
    case .silence: break
    }
    return true
  }
}

/// Certificates for the tests of one suite, by our own authority.
struct TestIdentity: Sendable {
  let server: TLSContext
  let client: TLSContext

  init() throws {
    // Only as long as it takes to read the files.
    let directory = TemporaryDirectory()
    let now = wallClockNanoseconds() / 1_000_000_000
    let authority = try CertificateAuthority(at: now)
    let key = try PrivateKey()
    let names = ["localhost", "127.0.0.1"].compactMap { ServerName($0) }
    let certificate = try authority.issue(for: key, names: names, at: now)
    try writeFileAtomically(directory.file("ca.pem"), try authority.certificate.pem(), mode: 0o600)
    try writeFileAtomically(directory.file("cert.pem"), try certificate.pem(), mode: 0o600)
    try writeFileAtomically(directory.file("key.pem"), try key.pem(), mode: 0o600)
    server = try TLSContext(
      certificateFile: directory.file("cert.pem"), keyFile: directory.file("key.pem"))
    client = try TLSContext(authorityFile: directory.file("ca.pem"))
  }
}
