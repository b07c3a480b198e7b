import Glibc
import HTTP
import Jobs
import Platform
import Support
import Testing

@testable import Runner

/// The manager's side of the link, as told by a test: TLS, token and all.
actor FakeManager {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let listener: Listener
  private let context: TLSContext
  private let token: String
  private var sessions: [TLSSession] = []
  private var stream: TLSSession?

  /// What hosts said of themselves, on each connect.
  private(set) var inventories: [Inventory] = []
  private(set) var batches: [ReportBatch] = []
  private(set) var refusals = 0
  /// With what reports are answered: an ended attempt is acknowledged if this is 200.
  private var status = 200
  private var discards: [AttemptID] = []
  /// What hosts that connect are answered with, if not with their orders.
  private var refusal: Int?

  init(_ identity: LinkIdentity, token: String = "secret", on reactor: Reactor) throws {
    self.reactor = reactor
    self.token = token
    context = identity.server
    listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
    try writeFileAtomically(
      identity.directory.file("manager.addr"), Array("127.0.0.1:\(listener.port)\n".utf8),
      mode: 0o600)
    try writeFileAtomically(
      identity.directory.file("client.token"), Array("\(token)\n".utf8), mode: 0o600)
  }

  func run() async {
    await withDiscardingTaskGroup { group in
      while let socket = try? await listener.accept() {
        let number = socket.release()
        group.addTask { await self.serve(number) }
      }
    }
  }

  /// Goes away, without a word to anybody.
  func stop() {
    listener.close()
    dropLinks()
  }

  func dropLinks() {
    for session in sessions { session.close() }
    sessions = []
    stream = nil
  }

  /// A host takes orders.
  var isLinked: Bool { stream != nil }

  func refuseLinks(with status: Int) { refusal = status }

  func answerReports(with status: Int, discarding: [AttemptID] = []) {
    self.status = status
    discards = discarding
  }

  /// Sends an order to the host that is connected.
  func send(_ order: HostOrder) async throws {
    let stream = try #require(stream)
    try await stream.write(
      MessageWriter.chunk(order.encoded()), until: .now + .seconds(10))
  }

  var reports: [RunReport] { batches.flatMap(\.reports) }

  func ends(of attempt: AttemptID) -> [RunEnd] {
    reports.compactMap { report in
      if case .ended(let end) = report, end.attempt == attempt { end } else { nil }
    }
  }

  /// The orders that the host gave back.
  var givenBack: [AttemptID] {
    reports.compactMap { report in
      if case .givenBack(let attempt) = report { attempt } else { nil }
    }
  }

  private func serve(_ socket: Int32) async {
    guard
      let session = try? TLSSession(
        server: Descriptor(owning: socket), context: context, reactor: reactor)
    else { return }
    sessions.append(session)
    defer {
      session.close()
      if stream === session { stream = nil }
    }
    // A host that goes away ends its connection, as it does with a real manager.
    try? await exchange(session)
  }

  private func exchange(_ session: TLSSession) async throws {
    let deadline = Instant.now + .seconds(60)
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
      try await answer(request, body, session, deadline)
    }
  }

  private func answer(
    _ request: Request, _ body: [UInt8], _ session: TLSSession, _ deadline: Instant
  ) async throws {
    guard request.headers["Authorization"] == "Bearer \(token)" else {
      refusals += 1
      return try await reply(401, [], session, deadline)
    }
    switch request.rawTarget {
    case "/link/v1/orders":
      inventories.append(try Inventory(decoding: body))
      if let refusal { return try await reply(refusal, [], session, deadline) }
      let head = MessageWriter.responseHead(
        status: 200, headers: Headers(), framing: .chunked, keepsAlive: true)
      try await session.write(head, until: deadline)
      stream = session
    case "/link/v1/reports":
      let batch = try ReportBatch(decoding: body)
      batches.append(batch)
      guard status == 200 else { return try await reply(status, [], session, deadline) }
      let ended = batch.reports.compactMap { report in
        if case .ended(let end) = report { end.attempt } else { nil }
      }
      let answer = ReportAnswer(acknowledged: ended, discard: discards)
      try await reply(200, answer.encoded(), session, deadline)
    default: try await reply(404, [], session, deadline)
    }
  }

  private func reply(
    _ status: Int, _ body: [UInt8], _ session: TLSSession, _ deadline: Instant
  ) async throws {
    let head = MessageWriter.responseHead(
      status: status, headers: Headers(), framing: .length(body.count), keepsAlive: true)
    try await session.write(head + body, until: deadline)
  }
}

/// Certificates of a manager, by an authority of our own, and where it keeps its files.
struct LinkIdentity: Sendable {
  let directory = TemporaryDirectory()
  let server: TLSContext

  init() throws {
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
  }

  /// A host for this manager, with its state below the manager's directory.
  var configuration: HostConfiguration {
    var configuration = HostConfiguration(
      stateDirectory: directory.file("runner"), addressFile: directory.file("manager.addr"),
      managerHost: "localhost", managerPort: 1, tokenFile: directory.file("client.token"),
      authorityFile: directory.file("ca.pem"), certificateDomain: "localhost")
    configuration.ownsProcess = false
    configuration.idleLimit = .milliseconds(300)
    return configuration
  }
}

/// The order of a job that runs below a manager's directory.
func order(
  _ attempt: UInt64, _ cmd: String, in identity: LinkIdentity, behaviours: [Behaviour] = []
) -> RunOrder {
  RunOrder(
    attempt: AttemptID(attempt), key: JobKey(low: attempt, high: 1),
    spec: JobSpec(cmd: cmd, cwd: identity.directory.file("jobs"), behaviours: behaviours),
    requirements: Requirements(), directorySuffix: "7", untilBuried: 1)
}
