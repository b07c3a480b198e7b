import HTTP
import Platform

/// The body of the request that a connection is at, read when a route asks for it.
///
/// Belongs to the actor that owns the session, and is read at most once.
public final class RequestBody {
  private let session: TLSSession?
  private let framing: BodyFraming
  private var decoder: BodyDecoder
  private var pace: BodyPace
  /// The client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
  private var awaitsContinue: Bool
  /// How many bytes of the body have been taken off the input.
  private var taken = 0
  /// How many of them were given.
  private var given = 0
  /// What was there from the start, and was not given yet.
  private var decoded: [UInt8] = []
  /// Why nothing more can be read.
  private var failure: ErrorResponse?

  /// The body of a request whose head has just been taken off the session's input.
  init(of head: Request, session: TLSSession, pace: BodyPace) {
    self.session = session
    self.pace = pace
    framing = head.framing
    decoder = BodyDecoder(head.framing)
    awaitsContinue = head.expectsContinue && !decoder.isComplete
  }

  /// A body that is there already.
  init(_ bytes: [UInt8]) {
    session = nil
    pace = BodyPace(floor: .zero, bytesPerSecond: 1)
    framing = .length(bytes.count)
    decoder = BodyDecoder(.none)
    awaitsContinue = false
    decoded = bytes
  }

  /// The whole body.
  /// - Parameter limit: of its size in bytes.
  /// - Throws: 413 if it is longer: before anything is read, if the head says so; 408 if it comes
  ///   too slowly; 400 if its framing is broken or the client has gone.
  func whole(limit: Int) async throws(ErrorResponse) -> [UInt8] {
    try await next(atLeast: .max, limit: limit) ?? []
  }

  /// As much more of the body as comes until there are `size` bytes of it, or it ends; nil at its
  /// end.
  /// - Parameter limit: of the size of the whole body, in bytes.
  /// - Throws: as `whole(limit:)`.
  func next(atLeast size: Int, limit: Int) async throws(ErrorResponse) -> [UInt8]? {
    try checkLength(limit)
    var text: [UInt8] = []
    // What a client announces is not believed before it comes.
    if case .length(let length) = framing { text.reserveCapacity(min(length, size, 1 << 20)) }
    while text.count < size, try await read(into: &text) {
      guard given + text.count <= limit else { throw tooLarge(limit) }
    }
    given += text.count
    return text.isEmpty ? nil : text
  }

  /// Lets the client pause for up to an hour or two at a time: it may be sending what is still being
  /// made. For clients that have shown the token.
  func allowPauses() { pace = BodyPace(floor: .seconds(3600), bytesPerSecond: 1) }

  /// - Throws: 413 if the head announces more than `limit` bytes.
  func checkLength(_ limit: Int) throws(ErrorResponse) {
    if case .length(let length) = framing, length > limit { throw tooLarge(limit) }
  }

  /// The next piece of the body, of at most about 64 kB; nil at its end.
  /// - Throws: as `whole(limit:)` but for 413.
  func next() async throws(ErrorResponse) -> [UInt8]? {
    var piece: [UInt8] = []
    return try await read(into: &piece) ? piece : nil
  }

  /// Reads the next piece to the end of `text`; false at the end of the body.
  private func read(into text: inout [UInt8]) async throws(ErrorResponse) -> Bool {
    if let failure { throw failure }
    if !decoded.isEmpty {
      text += decoded
      decoded = []
      return true
    }
    guard let session else { return false }
    let before = text.count
    while true {
      do throws(HTTPError) {
        try decoder.decode(from: &session.input, into: &text, limit: Self.pieceSize)
      } catch {
        throw fail(ErrorResponse(error.status, error.message))
      }
      taken += text.count - before
      if text.count > before { return true }
      if decoder.isComplete { return false }
      try await fill(session)
    }
  }

  /// Gives the body up as longer than `limit`.
  /// - Returns: what that is answered with.
  func tooLarge(_ limit: Int) -> ErrorResponse {
    fail(ErrorResponse(413, "the body must not be longer than \(limit) bytes"))
  }

  private func fill(_ session: TLSSession) async throws(ErrorResponse) {
    do throws(TLSError) {
      if awaitsContinue {
        awaitsContinue = false
        try await session.write(MessageWriter.continueHead, until: .now + pace.floor)
      }
      let begun = Instant.now
      let count = try await session.fill(until: pace.deadline(from: begun))
      pace.note(count, waited: .now - begun)
      if count == 0 { throw TLSError.closed }
    } catch {
      switch error {
      case .timeout: throw fail(ErrorResponse(408, "the body came too slowly"))
      case .closed, .failed: throw fail(ErrorResponse(400, "the body ended too early"))
      }
    }
  }

  private func fail(_ error: ErrorResponse) -> ErrorResponse {
    failure = error
    return error
  }

  // MARK: After the response

  /// Whether nothing of it is left on the connection.
  var isRead: Bool { decoder.isComplete }

  /// Whether the next request can follow on the connection once what is left of this body, if it
  /// is not too much, has been read and thrown away.
  func leavesRoomForNext(drainLimit: Int) -> Bool {
    if failure != nil { return false }
    if decoder.isComplete { return true }
    // The client may send the body or not: nobody can tell what comes next.
    if awaitsContinue { return false }
    if case .length(let length) = framing { return length - taken <= drainLimit }
    return true
  }

  /// Reads what is left and throws it away.
  /// - Returns: whether the body ended within `limit` bytes.
  func drain(limit: Int) async -> Bool {
    var drained = 0
    do throws(ErrorResponse) {
      while let piece = try await next() {
        drained += piece.count
        if drained > limit { return false }
      }
      return true
    } catch {
      return false
    }
  }

  private static let pieceSize = 64 << 10
}
