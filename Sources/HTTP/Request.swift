/// The head of a request.
public struct Request: Sendable, Hashable {
  /// As sent: methods are case-sensitive.
  public var method: String
  /// As sent; `target()` takes it apart.
  public var rawTarget: String
  public var headers: Headers
  public var framing: BodyFraming
  /// Whether the connection may serve another request after this one (RFC 9112 §9.3).
  public var keepsAlive: Bool
  /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
  public var expectsContinue: Bool
  /// 0 or 1: HTTP/1.0 or HTTP/1.1.
  public var minorVersion: Int

  /// Takes the target apart; empty for the `*` of OPTIONS.
  /// - Throws: `HTTPError` 400 for a malformed percent-escape, for a `;` in the query and for
  ///   what is not UTF-8 when decoded.
  public func target() throws(HTTPError) -> Target { try Target(parsing: rawTarget) }
}

/// The head of a response as a client reads it.
public struct ResponseHead: Sendable, Hashable {
  public var status: Int
  public var headers: Headers
  public var framing: BodyFraming
  /// Whether the connection may carry another request after this answer.
  public var keepsAlive: Bool
}
