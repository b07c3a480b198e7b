import Glibc
import HTTP
import Manager
import Platform

/// Serves HTTPS: accepts connections on every listener, and runs a task for each of them.
///
/// Must be run, and its methods be called, by tasks that prefer the reactor.
public actor WebActor {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  private var router: Router
  private let limits: ConnectionLimits
  private let log: Log
  private var listeners: [Listener] = []
  /// What new connections are served with.
  private var tls: TLSContext?
  /// All that are open, by their identity.
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var crowd = Crowd()
  /// How many connections each port serves; those that are refused come on top.
  private var counts: [UInt16: Int] = [:]
  private var connectionsPerPort = 0
  private var refusals = 0
  private var isStopping = false
  /// Raised when the last connection has gone.
  private let emptied: Wakeup

  /// - Parameters:
  ///   - services: without a queue until there is one; see `open(_:)`.
  ///   - limits: what clients may take of time and space.
  public init(
    reactor: Reactor, services: WebServices, limits: ConnectionLimits = ConnectionLimits(),
    log: Log
  ) {
    self.reactor = reactor
    self.limits = limits
    self.log = log
    router = Router(services: services, log: log)
    emptied = Wakeup(on: reactor)
  }

  /// What is stored has been read: from now on all requests are served.
  public func open(_ queue: QueueActor) async {
    var services = router.services
    services.queue = queue
    router = Router(services: services, log: log)
    for connection in connections.values { await connection.answer(by: responder) }
  }

  /// Serves new connections with other certificates.
  public func renew(_ tls: TLSContext) { self.tls = tls }

  /// How many connections are open.
  public var connectionCount: Int { connections.count }

  // MARK: Running

  /// Serves until `shutDown`; returns when the last connection has gone.
  ///
  /// Each listener has a loop of its own, and each port as many connections as any other, so that
  /// a flood on one does not starve the other.
  public func run(listeners: sending [Listener], tls: TLSContext) async {
    guard !isStopping else { return }
    self.listeners = listeners
    self.tls = tls
    connectionsPerPort =
      limits.connectionsPerPort
      ?? Self.connectionsPerPort(ports: Set(listeners.map(\.port)).count)
    await withDiscardingTaskGroup { group in
      for index in self.listeners.indices {
        group.addTask { await self.accept(onListener: index) }
      }
    }
    self.listeners = []
  }

  /// Takes no new connections; closes idle ones at once, others once the request under way is
  /// answered or the stream has its closing word. What is left after the grace is cut off.
  public func shutDown(grace: Duration) async {
    guard !isStopping else { return }
    isStopping = true
    for listener in listeners { listener.close() }
    for connection in connections.values { await connection.finish() }
    let deadline = Instant.now + grace
    while !connections.isEmpty, await emptied.wait(until: deadline) == .ready {}
    if !connections.isEmpty { log.info("\(connections.count) connections were cut off") }
    for connection in connections.values { await connection.abort() }
  }

  /// Shares the descriptors of this process between the ports, after a reserve for files and for
  /// connections that are being refused.
  static func connectionsPerPort(ports: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
    let descriptors = Int(clamping: limit.rlim_cur)
    return max(16, min(16_384, (descriptors - descriptorReserve) / max(ports, 1)))
  }

  private static let descriptorReserve = 256
  private static let mostRefusals = 64

  // MARK: Accepting

  private func accept(onListener index: Int) async {
    let listener = listeners[index]
    let port = listener.port
    var isShort = false
    await withDiscardingTaskGroup { group in
      while !isStopping {
        do throws(SystemError) {
          guard let socket = try await listener.accept() else { return }
          isShort = false
          if hasRoom(on: port) {
            guard let connection = connect(socket) else { continue }
            counts[port, default: 0] += 1
            group.addTask { await self.serve(connection, on: port) }
          } else if refusals < Self.mostRefusals {
            guard let connection = connect(socket, refusing: true) else { continue }
            refusals += 1
            group.addTask { await self.refuse(connection) }
          }
        } catch {
          // Said once for each shortage; clients wait in the socket's queue meanwhile.
          if !isShort { log.warning("cannot accept connections: \(error)") }
          isShort = true
          _ = await reactor.sleep(until: .now + .milliseconds(100))
        }
      }
    }
  }

  private func hasRoom(on port: UInt16) -> Bool { counts[port, default: 0] < connectionsPerPort }

  /// Makes a connection that is told of changes from now on.
  ///
  /// - Returns: nil if the socket cannot be used; it is closed then.
  private func connect(_ socket: consuming Descriptor, refusing: Bool = false) -> Connection? {
    guard let tls else { return nil }
    do throws(TLSError) {
      let connection = try Connection(
        socket: socket, context: tls, reactor: reactor,
        limits: refusing ? Self.refusalLimits : limits, servesOnlyOne: refusing,
        respond: refusing ? Self.tooMany : responder)
      connections[ObjectIdentifier(connection)] = connection
      crowd.enter()
      return connection
    } catch {
      log.warning("a connection could not be set up: \(error)")
      return nil
    }
  }

  private func serve(_ connection: Connection, on port: UInt16) async {
    await run(connection)
    counts[port, default: 0] -= 1
  }

  private func refuse(_ connection: Connection) async {
    await run(connection)
    refusals -= 1
  }

  private func run(_ connection: Connection) async {
    if isStopping { await connection.abort() }
    await connection.run()
    connections[ObjectIdentifier(connection)] = nil
    if crowd.leave() { giveBackFreeMemory() }
    if connections.isEmpty { emptied.signal() }
  }

  /// Answers with the router of now.
  private var responder: Responder {
    { [router] head throws(ErrorResponse) in try router.answer(to: head) }
  }

  /// What those are told for whom there is no room.
  private static let tooMany: Responder = { _ throws(ErrorResponse) in
    throw ErrorResponse(503, "too many connections: try again soon", retryAfter: 1)
  }

  private static let refusalLimits: ConnectionLimits = {
    var limits = ConnectionLimits()
    limits.handshake = .seconds(3)
    limits.idle = .seconds(3)
    limits.head = .seconds(3)
    limits.write = .seconds(3)
    return limits
  }()
}
