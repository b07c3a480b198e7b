import HTTP
import Jobs
import Manager
import Platform
import Support

@testable import Web

/// A web actor with a real queue and store behind it, on two free loopback ports.
struct TestService: Sendable {
  let reactor: Reactor
  let web: WebActor
  let queue: QueueActor
  let store: StoreActor
  let token: Token
  let managerPort: UInt16
  let webPort: UInt16
  let identity: TestIdentity
  let directory: TemporaryDirectory

  /// A client with its handshake done.
  func connect(port: UInt16? = nil) async throws -> TestClient {
    let socket = try await reactor.connect(
      host: "127.0.0.1", port: port ?? webPort, until: .now + TestClient.patience)
    let client = try TestClient(socket: socket, context: identity.client, reactor: reactor)
    try await client.handshake()
    return client
  }

  /// Adds jobs without a request.
  func add(_ specs: [JobSpec]) async throws -> AddedJobs {
    try await queue.add(
      specs, keys: specs.map { JobKey(of: $0) }, rerun: specs.map { _ in false }, limits: [])
  }

  /// Sends one request on a connection of its own.
  func ask(
    _ method: String, _ target: String, body: String = "", fields: [String] = [],
    isAuthorised: Bool = true
  ) async throws -> TestClient.Answer {
    let client = try await connect()
    return try await ask(
      client, method, target, body: body, fields: fields, isAuthorised: isAuthorised)
  }

  func ask(
    _ client: TestClient, _ method: String, _ target: String, body: String = "",
    fields: [String] = [], isAuthorised: Bool = true
  ) async throws -> TestClient.Answer {
    var head = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
    if isAuthorised { head.append("Authorization: Bearer \(token.text)") }
    if !body.isEmpty { head.append("Content-Length: \(body.utf8.count)") }
    return try await client.ask(head.joined(separator: "\r\n") + "\r\n\r\n" + body, method: method)
  }
}

/// Runs `body` beside a service; afterwards everything must come to its orderly end.
/// - Parameters:
///   - isOpen: whether the queue is there from the beginning.
///   - adjust: changes what the routes are given.
func withService(
  isOpen: Bool = true, limits: ConnectionLimits = ConnectionLimits(),
  adjust: @escaping @Sendable (inout WebServices) -> Void = { _ in },
  _ body: @escaping @Sendable (TestService) async throws -> Void
) throws {
  let reactor = try Reactor()
  let identity = try TestIdentity()
  let directory = TemporaryDirectory()
  let token = try Token()
  let log = try Log(appendingTo: directory.file("log"))
  try reactor.runUntilDone {
    let store = StoreActor(path: directory.file("db"), backupPath: nil)
    let recovered = try await store.open()
    let queue = QueueActor(
      reactor: reactor, store: store, history: HistoryReader(path: directory.file("db")),
      machine: Machine(cores: 2, memory: 4096), recovered: recovered, seed: 1, log: log)
    let listeners = [
      try Listener(address: "127.0.0.1", port: 0, reactor: reactor),
      try Listener(address: "127.0.0.1", port: 0, reactor: reactor),
    ]
    let (managerPort, webPort) = (listeners[0].port, listeners[1].port)
    var services = WebServices(
      queue: isOpen ? queue : nil, token: token, version: "v1.2.3", deployment: .production,
      managerPort: managerPort, webPort: webPort, scheduler: "local", hostName: "localhost",
      fullyQualifiedName: "host.example.org", uploadDirectory: directory.file("uploads"),
      home: directory.file("home"))
    adjust(&services)
    let web = WebActor(reactor: reactor, services: services, limits: limits, log: log)
    let service = TestService(
      reactor: reactor, web: web, queue: queue, store: store, token: token,
      managerPort: managerPort,
      webPort: webPort, identity: identity, directory: directory)
    async let queueing: Void = queue.run()
    async let serving: Void = web.run(listeners: listeners, tls: identity.server)
    let result: Result<Void, any Error>
    do {
      try await body(service)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await web.shutDown(grace: .seconds(5))
    await serving
    await queue.stop()
    await queueing
    _ = await store.close()
    try result.get()
  }
}
