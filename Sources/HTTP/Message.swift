/// The fields of a message, in order, names compared without case (RFC 9110 §5.1).
public struct Headers: Sendable, Hashable {
  public var fields: [(name: String, value: String)] { [] }
  public init() {}
  /// The first value of the field.
  public subscript(name: String) -> String? { nil }
  public mutating func add(_ name: String, _ value: String) {}
  public static func == (a: Self, b: Self) -> Bool { true }
  public func hash(into hasher: inout Hasher) {}
}

/// The target of a request in origin form, taken apart (RFC 9112 §3.2).
public struct Target: Sendable, Hashable {
  /// The path's segments, percent-decoded; empty segments (doubled slashes) are dropped.
  public var path: [String]
  /// The query's parameters in order, percent-decoded, `+` as a space.
  public var query: [(name: String, value: String)]
  public init(path: [String] = [], query: [(name: String, value: String)] = []) {
    self.path = path
    self.query = query
  }
  /// The first value of the parameter.
  public subscript(name: String) -> String? { nil }
  public static func == (a: Self, b: Self) -> Bool { true }
  public func hash(into hasher: inout Hasher) {}
}

/// How the end of a message's body is known (RFC 9112 §6).
public enum BodyFraming: Sendable, Hashable {
  case none
  case length(Int)
  case chunked
  /// Until the connection closes; responses only.
  case untilClose
}

/// The head of a request.
public struct Request: Sendable, Hashable {
  /// As sent: methods are case-sensitive.
  public var method: String
  /// As sent; `target()` takes it apart.
  public var rawTarget: String
  public var headers: Headers
  public var framing: BodyFraming
  /// Whether the connection may serve another request after this one.
  public var keepsAlive: Bool
  public var expectsContinue: Bool
  /// 0 or 1: HTTP/1.0 or HTTP/1.1.
  public var minorVersion: Int

  /// - Throws: `HTTPError.badTarget` for a malformed percent-escape or a `;` in the query.
  public func target() throws(HTTPError) -> Target { fatalError() }
}

/// The head of a response as a client reads it.
public struct ResponseHead: Sendable, Hashable {
  public var status: Int
  public var headers: Headers
  public var framing: BodyFraming
  public var keepsAlive: Bool
}

/// What is wrong with a message; says itself which status answers it.
public struct HTTPError: Error, Hashable, Sendable {
  /// 400, 413, 414, 417, 431, 501, 505.
  public var status: Int
  /// A sentence for the client.
  public var message: String
}

/// Recognises request heads in a byte stream (RFC 9112, strictly; limits of decision 28).
public struct RequestParser: Sendable {
  public init() {}
  /// Takes the next request head off the front of `input`.
  /// - Returns: nil if it is not complete yet. Remembers how far it looked, so that a head that
  ///   comes byte by byte costs no more than one that comes whole.
  public mutating func next(from input: inout InputBuffer) throws(HTTPError) -> Request? { nil }
}

/// Recognises response heads; a client's side of the same.
public struct ResponseParser: Sendable {
  public init() {}
  /// - Parameter method: of the request answered: HEAD has no body.
  public mutating func next(from input: inout InputBuffer, answering method: String)
    throws(HTTPError) -> ResponseHead?
  { nil }
}

/// Takes the bytes of one body out of its framing; for both directions.
public struct BodyDecoder: Sendable {
  public init(_ framing: BodyFraming) {}
  /// The whole body, trailers included, has been taken off.
  public var isComplete: Bool { true }
  /// Moves what is there of the body from `input` to the end of `body`, at most about `limit`
  /// bytes at once.
  public mutating func decode(from input: inout InputBuffer, into body: inout [UInt8], limit: Int)
    throws(HTTPError)
  {}
}

/// Writes heads and chunks of messages.
public enum MessageWriter {
  /// Head of a response. Adds `Date`; `Content-Length` or `Transfer-Encoding` by `framing`;
  /// `Connection: close` unless `keepsAlive`.
  public static func responseHead(
    status: Int, headers: Headers, framing: BodyFraming, keepsAlive: Bool
  ) -> [UInt8] { [] }
  public static func requestHead(
    method: String, rawTarget: String, host: String, headers: Headers, framing: BodyFraming
  ) -> [UInt8] { [] }
  /// One chunk of a chunked body; nothing for empty `bytes`.
  public static func chunk(_ bytes: [UInt8]) -> [UInt8] { [] }
  /// The last chunk, without trailers.
  public static let lastChunk: [UInt8] = Array("0\r\n\r\n".utf8)
}
