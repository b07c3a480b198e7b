import Glibc
import HTTP
import Platform
import Support

@testable import Web

/// Serves connections on a free loopback port with any responder.
actor TestServer {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let identity: TestIdentity
  private let limits: ConnectionLimits
  private let respond: Responder
  private let listener: Listener
  nonisolated let port: UInt16
  private(set) var connections: [Connection] = []
  private(set) var ended = 0

  init(
    reactor: Reactor, identity: TestIdentity, limits: ConnectionLimits,
    respond: @escaping Responder
  ) throws {
    self.reactor = reactor
    self.identity = identity
    self.limits = limits
    self.respond = respond
    listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
    port = listener.port
  }

  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      while let socket = try await listener.accept() {
        let connection = try Connection(
          socket: socket, context: identity.server, reactor: reactor, limits: limits,
          respond: respond)
        connections.append(connection)
        group.addTask {
          await connection.run()
          await self.noteEnd()
        }
      }
    }
  }

  private func noteEnd() { ended += 1 }

  func finish() async {
    for connection in connections { await connection.finish() }
  }

  func stop() async {
    listener.close()
    for connection in connections { await connection.abort() }
  }

  /// A client with its handshake done.
  func connect() async throws -> TestClient {
    let client = try await connectWithoutHandshake()
    try await client.handshake()
    return client
  }

  func connectWithoutHandshake() async throws -> TestClient {
    let socket = try await reactor.connect(
      host: "127.0.0.1", port: port, until: .now + TestClient.patience)
    return try TestClient(socket: socket, context: identity.client, reactor: reactor)
  }
}

/// Runs `body` beside a server; every connection must have ended when that has been stopped.
func withServer(
  limits: ConnectionLimits = ConnectionLimits(), respond: @escaping Responder,
  _ body: @escaping @Sendable (TestServer) async throws -> Void
) throws {
  let reactor = try Reactor()
  let identity = try TestIdentity()
  try reactor.runUntilDone {
    let server = try TestServer(
      reactor: reactor, identity: identity, limits: limits, respond: respond)
    async let running: Void = server.run()
    let result: Result<Void, any Error>
    do {
      try await body(server)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await server.stop()
    try await running
    try result.get()
  }
}
