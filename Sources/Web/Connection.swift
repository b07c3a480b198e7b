import HTTP
import Platform

/// One TLS connection of a client: reads requests, has them answered, in order (RFC 9112 §9).
///
/// What a request goes through that needs no wait is inlined into `run`: each async function that is
/// called costs a frame of the task's memory, and jumps on the way in and out.
actor Connection {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let session: TLSSession
  private let limits: ConnectionLimits
  private var respond: Responder
  private var parser = RequestParser()
  /// Nothing of a request has come since the last response.
  private(set) var isIdle = true
  /// No request after this one.
  private var isFinishing: Bool
  /// Raised when a stream of lines is to end.
  private let finishing: Wakeup

  private static let pipelinedAtOnce = 32

  /// Takes over an accepted socket. Only on the reactor.
  /// - Parameter servesOnlyOne: whether the connection ends after the first request.
  init(
    socket: consuming Descriptor, context: TLSContext, reactor: Reactor, limits: ConnectionLimits,
    servesOnlyOne: Bool = false, respond: @escaping Responder
  ) throws(TLSError) {
    self.reactor = reactor
    self.limits = limits
    self.respond = respond
    isFinishing = servesOnlyOne
    session = try TLSSession(server: socket, context: context, reactor: reactor)
    finishing = Wakeup(on: reactor)
  }

  /// Serves the client until it goes, misbehaves, or is told to.
  func run() async {
    defer { session.close() }
    var pipelined = 0
    do throws(TLSError) {
      try await session.handshake(until: .now + limits.handshake)
      repeat {
        isIdle = session.input.count == 0
        pipelined = isIdle ? 0 : pipelined + 1
        // Nothing of a request need be waited for: others get their turn between many at once.
        if pipelined % Self.pipelinedAtOnce == Self.pipelinedAtOnce - 1 { await reactor.yield() }
        guard let head = try await nextHead() else { return }
        guard try await exchange(head) else { return }
      } while !isFinishing
    } catch {
      // The client has gone or is too slow, which is its own affair.
    }
  }

  /// Has the requests that are to come answered by somebody else. One that serves no further
  /// request keeps to its words.
  func answer(by respond: @escaping Responder) {
    if !isFinishing { self.respond = respond }
  }

  /// Ends the connection as soon as that cuts off nobody: at once if no request is under way,
  /// else with the response to it. Streams are ended with their closing word.
  func finish() {
    isFinishing = true
    finishing.signal()
    if isIdle { session.close() }
  }

  /// Ends the connection whatever is under way.
  func abort() {
    isFinishing = true
    finishing.signal()
    session.close()
  }

  // MARK: Requests

  /// - Returns: nil if there is none to come, or if what came was refused.
  @inline(__always)
  private func nextHead() async throws(TLSError) -> Request? {
    var deadline: Instant?
    while true {
      if session.input.count > 0 {
        isIdle = false
        do throws(HTTPError) {
          if let head = try parser.next(from: &session.input) { return head }
        } catch {
          try await refuse(ErrorResponse(error.status, error.message))
          return nil
        }
        deadline = deadline ?? .now + limits.head
      }
      do throws(TLSError) {
        if try await session.fill(until: deadline ?? .now + limits.idle) == 0 { return nil }
      } catch .timeout where deadline != nil {
        try await refuse(ErrorResponse(408, "the request's head came too slowly"))
        return nil
      }
    }
  }

  /// Answers what cannot be understood; nothing that follows could be either.
  private func refuse(_ error: ErrorResponse) async throws(TLSError) {
    _ = try await send(error.response(accept: nil), to: nil, keepsAlive: false)
    await linger()
  }

  /// - Returns: whether the connection may serve another request.
  @inline(__always)
  private func exchange(_ head: Request) async throws(TLSError) -> Bool {
    switch answer(to: head) {
    case .ready(let response):
      guard head.framing != .none else {
        return try await send(response, to: head, keepsAlive: head.keepsAlive && !isFinishing)
      }
      return try await exchange(head) { _ in response }
    case .later(let make): return try await exchange(head, make)
    }
  }

  /// As above, for what has a body or must be waited for.
  private func exchange(
    _ head: Request, _ make: (RequestBody) async throws(ErrorResponse) -> Response
  ) async throws(TLSError) -> Bool {
    let pace = BodyPace(floor: limits.bodyFloor, bytesPerSecond: limits.bodyBytesPerSecond)
    let body = RequestBody(of: head, session: session, pace: pace)
    let response: Response
    do throws(ErrorResponse) {
      response = try await make(body)
    } catch {
      response = error.response(accept: head.headers["Accept"])
    }
    let keepsAlive =
      head.keepsAlive && !isFinishing && body.leavesRoomForNext(drainLimit: limits.drain)
    let isKept = try await send(consume response, to: head, keepsAlive: keepsAlive)
    if isKept, await body.drain(limit: limits.drain) { return true }
    if !body.isRead { await linger() }
    return false
  }

  private func answer(to head: Request) -> Answer {
    do throws(ErrorResponse) {
      return try respond(head)
    } catch {
      return .ready(error.response(accept: head.headers["Accept"]))
    }
  }

  /// Reads on for a moment, so that a client that is still sending gets to see the response. One
  /// that waits for the end has it at once.
  private func linger() async {
    session.endWriting()
    let deadline = Instant.now + limits.linger
    do throws(TLSError) {
      while .now < deadline, try await session.fill(until: deadline) > 0 {
        session.input.consume(session.input.count)
      }
    } catch {
      // It has had its time.
    }
  }

  // MARK: Responses

  /// - Parameter head: nil for what could not be understood.
  /// - Returns: whether the connection may be used further.
  @inline(__always)
  private func send(
    _ response: consuming Response, to head: Request?, keepsAlive: Bool
  ) async throws(TLSError) -> Bool {
    let minorVersion = head?.minorVersion ?? 1
    let isChunked = minorVersion > 0
    let framing = response.framing(isChunked: isChunked)
    var keepsAlive = keepsAlive && framing != .untilClose
    if case .lines = response.body { keepsAlive = false }
    var message = MessageWriter.responseHead(
      status: response.status, headers: response.headers, framing: framing,
      keepsAlive: keepsAlive, minorVersion: minorVersion)
    if head?.method == "HEAD" {
      try await write(message)
      return keepsAlive
    }
    message += response.takeOpening(isChunked: isChunked)
    try await write(consume message)
    switch response.body {
    case .none, .bytes: return keepsAlive
    case .pieces(_, let next):
      return try await send(next, isChunked: isChunked) && keepsAlive
    case .lines(let lines):
      await send(lines, isChunked: isChunked)
      return false
    }
  }

  /// - Returns: false if the body could not be completed.
  private func send(
    _ next: () async throws(ErrorResponse) -> [UInt8]?, isChunked: Bool
  ) async throws(TLSError) -> Bool {
    while true {
      // Others get their turn between the pieces of a long response.
      await reactor.yield()
      let piece: [UInt8]?
      do throws(ErrorResponse) {
        piece = try await next()
      } catch {
        session.close()
        return false
      }
      guard let bytes = isChunked ? piece.map(MessageWriter.chunk) : piece else { break }
      // A client that reads slowly holds one copy of a piece, not two.
      _ = consume piece
      try await write(bytes)
    }
    if isChunked { try await write(MessageWriter.lastChunk) }
    return true
  }

  @inline(__always)
  private func write(_ bytes: [UInt8]) async throws(TLSError) {
    let sent = try session.send(bytes)
    if sent < bytes.count {
      try await session.write(bytes, from: sent, until: .now + limits.write)
    }
  }

  // MARK: Streams of lines

  /// What ends a stream of lines.
  private enum StreamEnd { case lines, departure, finish }

  /// Sends lines as they come, until there are no more, the client goes, or we are to finish.
  /// The session is closed after it.
  private func send(_ lines: AsyncStream<[UInt8]>, isChunked: Bool) async {
    await withTaskGroup(of: StreamEnd.self) { group in
      group.addTask { await self.pump(lines, isChunked: isChunked) }
      group.addTask { await self.watchForDeparture() }
      group.addTask { await self.waitForFinish() }
      while let end = await group.next(), end != .lines {
        // Ends the iteration, of which the stream's producer is told; it says its closing word.
        group.cancelAll()
        if end == .departure { session.close() }
      }
      session.close()
      finishing.signal()
    }
  }

  private func pump(_ lines: AsyncStream<[UInt8]>, isChunked: Bool) async -> StreamEnd {
    do throws(TLSError) {
      for await line in lines {
        try await write(isChunked ? MessageWriter.chunk(line) : line)
      }
      if isChunked { try await write(MessageWriter.lastChunk) }
    } catch {
      // Nobody is there any more to be told.
    }
    return .lines
  }

  /// Returns when the client has closed, or sends what nobody asked for.
  private func watchForDeparture() async -> StreamEnd {
    do throws(TLSError) {
      while session.input.count < 64 << 10 {
        if try await session.fill(until: nil) == 0 { break }
      }
    } catch {
      // Gone as well.
    }
    return .departure
  }

  private func waitForFinish() async -> StreamEnd {
    _ = await finishing.wait(until: nil)
    return .finish
  }
}
