import HTTP

/// An answer, as routes give it; `Connection` turns it into bytes.
public struct Response {
  /// What follows the head.
  public enum Body {
    /// Nothing, and no length either (204).
    case none
    case bytes([UInt8])
    /// A body of unknown length: `first`, then what `next` gives until it gives nil. Each piece
    /// is asked for when the one before it was sent. An error ends the connection, so that the
    /// client sees that the body is not whole.
    case pieces(first: [UInt8], next: () async throws(ErrorResponse) -> [UInt8]?)
    /// Lines sent as they come, until the stream ends or the peer goes; the connection ends too.
    /// Indirect because a stream's size is not known before the program runs: with it within, all
    /// responses would be handled by way of tables.
    indirect case lines(AsyncStream<[UInt8]>)
  }

  public var status: Int
  public var headers: Headers
  public var body: Body

  public init(status: Int, headers: Headers = Headers(), body: Body = .none) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// How the body's end is told.
  /// - Parameter isChunked: whether the client knows chunks.
  func framing(isChunked: Bool) -> BodyFraming {
    switch body {
    case .none: .none
    case .bytes(let bytes): .length(bytes.count)
    case .pieces, .lines: isChunked ? .chunked : .untilClose
    }
  }

  /// Takes what of the body goes with the head: it is not held while the rest is sent.
  mutating func takeOpening(isChunked: Bool) -> [UInt8] {
    switch body {
    case .none, .lines: return []
    case .bytes(let bytes): return bytes
    case .pieces(let first, let next):
      body = .pieces(first: [], next: next)
      return isChunked ? MessageWriter.chunk(first) : first
    }
  }

  /// A JSON text, which must end with its newline; not to be cached.
  static func json(status: Int = 200, _ body: Body) -> Response {
    Response(status: status, headers: jsonHeaders, body: body)
  }

  private static let jsonHeaders: Headers = {
    var headers = Headers()
    headers.add("Content-Type", "application/json; charset=UTF-8")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("Cache-Control", "no-store")
    return headers
  }()
}
