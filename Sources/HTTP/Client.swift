import Platform

/// A client's HTTPS connection: one request at a time, kept alive, trusting one authority.
///
/// Requests made while another is under way wait for their turn, in order; a stream occupies the
/// client until it ends. Every wait has a deadline. Nothing is ever sent through a proxy.
public actor Client {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  /// How much of a body is taken out of its framing at once.
  private static let pieceLimit = 64 * 1024

  private let host: String
  private let port: UInt16
  private let serverName: String
  private let context: TLSContext
  private let authorization: String?
  private let bodyLimit: Int

  /// The connection, if there is one; between requests only one that may be used again.
  private var session: TLSSession?
  /// Counts calls of `close()`: a request that was under way then must not connect anew.
  private var closings = 0
  private var isBusy = false
  /// Whoever waits for the request under way to end.
  private var queue: [Wakeup] = []

  /// Connects lazily, and again after the connection was lost.
  /// - Parameters:
  ///   - host: a DNS name or an IP address (resolved off the reactor).
  ///   - serverName: what the certificate must be for.
  ///   - token: shown with every request.
  ///   - bodyLimit: the most that the body of a whole answer may have, in bytes.
  public init(
    reactor: Reactor, host: String, port: UInt16, serverName: String, context: TLSContext,
    token: String?, bodyLimit: Int = 1 << 30
  ) {
    self.reactor = reactor
    self.host = host
    self.port = port
    self.serverName = serverName
    self.context = context
    authorization = token.map { "Bearer \($0)" }
    self.bodyLimit = bodyLimit
  }

  /// A whole answer.
  public struct Answer: Sendable {
    public var status: Int
    public var headers: Headers
    public var body: [UInt8]
  }

  /// Sends a request and reads its whole answer.
  ///
  /// A kept connection that turns out to be dead is replaced once: before anything was sent, or,
  /// for an idempotent method, before anything was received.
  /// - Throws: `ConnectError` if there is no way to the host; `TLSError` if the server could not
  ///   prove who it is, went away or had not answered by the deadline; `HTTPError` if what came
  ///   is not HTTP, or has a body beyond the limit. The connection is closed then.
  public func send(
    _ method: String, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
    until deadline: Instant?
  ) async throws -> Answer {
    try await takeTurn(until: deadline)
    defer { passTurn() }
    do {
      return try await exchange(
        Message(method, head(method, target, headers, Self.framing(body)), body),
        .until(deadline))
    } catch {
      drop()
      throw error
    }
  }

  /// Sends a request and gives the body of its answer piece by piece as it comes.
  /// - Parameters:
  ///   - idle: how long to wait at each step: to connect, for the head, for the next piece.
  ///   - isEndless: whether the next piece is waited for as long as it takes.
  ///   - receive: called on the reactor with each piece; returns false to stop and close.
  /// - Returns: the head, and for a status other than 200 the body, of which nothing is given to
  ///   `receive` then.
  /// - Throws: as `send`.
  public func stream(
    _ method: String, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
    idle: Duration, isEndless: Bool = false, receive: @Sendable ([UInt8]) async -> Bool
  ) async throws -> Answer {
    try await takeTurn(until: .now + idle)
    defer { passTurn() }
    do {
      return try await exchange(
        Message(method, head(method, target, headers, Self.framing(body)), body), .idle(idle),
        pieces: isEndless ? .until(nil) : .idle(idle), receive)
    } catch {
      drop()
      throw error
    }
  }

  /// Sends a request whose body comes piece by piece, over a connection of its own, and reads its
  /// whole answer. The server may answer before it has all: then no more is asked for.
  /// - Parameters:
  ///   - idle: how long to wait at each step: to connect, to send a piece, for the answer to go on.
  ///   - next: gives the pieces; nil at the end. If it throws, the server sees that the body is not
  ///     whole.
  /// - Throws: as `send`, and what `next` throws.
  public func upload(
    _ method: String, _ target: String, headers: Headers = Headers(), idle: Duration,
    next: @Sendable () async throws -> [UInt8]?
  ) async throws -> Answer {
    try await takeTurn(until: .now + idle)
    defer { passTurn() }
    drop()
    defer { drop() }
    let patience = Patience.idle(idle)
    let session = try await connect(patience)
    try await session.write(
      head(method, target, headers, .chunked), until: patience.deadline)
    var hasAnswered = false
    while !hasAnswered, let piece = try await next() {
      try await session.write(MessageWriter.chunk(piece), until: patience.deadline)
      hasAnswered = try await hasInput(session)
    }
    if !hasAnswered { try await session.write(MessageWriter.lastChunk, until: patience.deadline) }
    let head = try await readHead(answering: method, session, patience)
    return try await readAnswer(head, session, patience)
  }

  /// Closes the connection: a request under way ends with `TLSError.closed`. A later one connects
  /// anew.
  public func close() {
    closings += 1
    drop()
  }

  private func drop() {
    session?.close()
    session = nil
  }

  // MARK: Turns

  private func takeTurn(until deadline: Instant?) async throws(TLSError) {
    guard isBusy else {
      isBusy = true
      return
    }
    let turn = Wakeup(on: reactor)
    queue.append(turn)
    let result = await turn.wait(until: deadline)
    // Whoever passes the turn takes it off the queue, be it in the moment of the deadline.
    guard let index = queue.firstIndex(where: { $0 === turn }) else { return }
    queue.remove(at: index)
    throw result == .timeout ? .timeout : .closed
  }

  /// Hands the client to whoever waits for it.
  private func passTurn() {
    if queue.isEmpty { isBusy = false } else { queue.removeFirst().signal() }
  }

  // MARK: One exchange

  /// A request in bytes.
  private struct Message {
    var method: String
    var head: [UInt8]
    var body: [UInt8]

    init(_ method: String, _ head: [UInt8], _ body: [UInt8]) {
      self.method = method
      self.head = head
      self.body = body
    }

    /// RFC 9110 §9.2.2.
    var isIdempotent: Bool { ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method) }
  }

  /// How long each step of an exchange may wait.
  private enum Patience {
    case until(Instant?)
    case idle(Duration)

    var deadline: Instant? {
      switch self {
      case .until(let deadline): deadline
      case .idle(let duration): .now + duration
      }
    }
  }

  private static func framing(_ body: [UInt8]) -> BodyFraming {
    body.isEmpty ? .none : .length(body.count)
  }

  private func head(
    _ method: String, _ target: String, _ headers: Headers, _ framing: BodyFraming
  ) -> [UInt8] {
    var headers = headers
    if let authorization, headers["Authorization"] == nil {
      headers.add("Authorization", authorization)
    }
    let name = host.contains(":") ? "[\(host)]" : host
    return MessageWriter.requestHead(
      method: method, rawTarget: target, host: "\(name):\(port)", headers: headers,
      framing: framing)
  }

  private func exchange(_ message: Message, _ patience: Patience) async throws -> Answer {
    let (session, head) = try await ask(message, patience)
    let answer = try await readAnswer(head, session, patience)
    finish(session, head)
    return answer
  }

  private func readAnswer(
    _ head: ResponseHead, _ session: TLSSession, _ patience: Patience
  ) async throws -> Answer {
    var decoder = BodyDecoder(head.framing)
    var answer = Answer(status: head.status, headers: head.headers, body: [])
    while try await readMore(&decoder, head.framing, session, &answer.body, patience) {
      guard answer.body.count <= bodyLimit else {
        throw HTTPError(status: 502, message: "the answer is longer than \(bodyLimit) bytes")
      }
    }
    return answer
  }

  private func exchange(
    _ message: Message, _ patience: Patience, pieces: Patience,
    _ receive: @Sendable ([UInt8]) async -> Bool
  ) async throws -> Answer {
    let (session, head) = try await ask(message, patience)
    guard head.status == 200 else {
      let refusal = try await readAnswer(head, session, patience)
      finish(session, head)
      return refusal
    }
    let answer = Answer(status: head.status, headers: head.headers, body: [])
    var decoder = BodyDecoder(head.framing)
    var piece: [UInt8] = []
    while try await readMore(&decoder, head.framing, session, &piece, pieces) {
      guard await receive(piece) else {
        drop()
        return answer
      }
      piece.removeAll(keepingCapacity: true)
    }
    finish(session, head)
    return answer
  }

  /// Keeps the connection if the server does, and if nothing came that nobody asked for.
  private func finish(_ session: TLSSession, _ head: ResponseHead) {
    if !head.keepsAlive || session.input.count > 0 { drop() }
  }

  /// Sends a request and reads the head of its answer.
  private func ask(_ message: Message, _ patience: Patience) async throws -> (
    TLSSession, ResponseHead
  ) {
    let closings = self.closings
    if let kept = try await keptSession() {
      var hasAnswered = false
      do throws(TLSError) {
        try await write(message, to: kept, patience)
        // What is not HTTP is no reason to ask again, so only the session's errors count here.
        hasAnswered = try await kept.fill(until: patience.deadline) > 0
        if !hasAnswered { throw .closed }
      } catch {
        guard message.isIdempotent, error != .timeout, self.closings == closings else {
          throw error
        }
        drop()
      }
      if hasAnswered {
        return (kept, try await readHead(answering: message.method, kept, patience))
      }
    }
    guard self.closings == closings else { throw TLSError.closed }
    let session = try await connect(patience)
    try await write(message, to: session, patience)
    return (session, try await readHead(answering: message.method, session, patience))
  }

  /// The connection of the request before, if it is still good: the server has neither ended it
  /// nor said anything since.
  private func keptSession() async throws -> TLSSession? {
    guard let session else { return nil }
    do throws(TLSError) {
      if try await !hasInput(session) { return session }
    } catch {
      // Whatever ended it, a new one takes its place.
    }
    drop()
    return nil
  }

  /// Whether the server has said something, or has ended the connection.
  private func hasInput(_ session: TLSSession) async throws(TLSError) -> Bool {
    do throws(TLSError) {
      _ = try await session.fill(until: .now)
      return true
    } catch .timeout {
      return false
    }
  }

  private func connect(_ patience: Patience) async throws -> TLSSession {
    let closings = self.closings
    let socket = try await reactor.connect(host: host, port: port, until: patience.deadline)
    guard self.closings == closings else { throw TLSError.closed }
    let session = try TLSSession(
      client: socket, context: context, serverName: serverName, reactor: reactor)
    self.session = session
    try await session.handshake(until: patience.deadline)
    return session
  }

  private func write(
    _ message: Message, to session: TLSSession, _ patience: Patience
  ) async throws(TLSError) {
    if message.body.count <= Self.pieceLimit {
      try await session.write(message.head + message.body, until: patience.deadline)
    } else {
      try await session.write(message.head, until: patience.deadline)
      try await session.write(message.body, until: patience.deadline)
    }
  }

  private func readHead(
    answering method: String, _ session: TLSSession, _ patience: Patience
  ) async throws -> ResponseHead {
    var parser = ResponseParser()
    while true {
      if let head = try parser.next(from: &session.input, answering: method) {
        return head
      }
      if try await session.fill(until: patience.deadline) == 0 { throw TLSError.closed }
    }
  }

  /// Adds what comes next of a body to `body`.
  /// - Returns: false if nothing more comes.
  private func readMore(
    _ decoder: inout BodyDecoder, _ framing: BodyFraming, _ session: TLSSession,
    _ body: inout [UInt8], _ patience: Patience
  ) async throws -> Bool {
    let before = body.count
    while true {
      do throws(HTTPError) {
        try decoder.decode(from: &session.input, into: &body, limit: Self.pieceLimit)
      } catch {
        throw HTTPError(status: 502, message: "the answer is not HTTP: \(error.message)")
      }
      if body.count > before { return true }
      if decoder.isComplete { return false }
      if try await session.fill(until: patience.deadline) == 0 {
        guard framing == .untilClose else { throw TLSError.closed }
        return false
      }
    }
  }
}
