/// What a client may take of time and space.
public struct ConnectionLimits: Hashable, Sendable {
  /// From the connection to the end of the TLS handshake.
  public var handshake: Duration = .seconds(10)
  /// From a request's first byte to the end of its head.
  public var head: Duration = .seconds(30)
  /// Between one response and the first byte of the next request.
  public var idle: Duration = .seconds(90)
  /// What any body may take to come; see `BodyPace`.
  public var bodyFloor: Duration = .seconds(30)
  public var bodyBytesPerSecond = 1000
  /// To take one piece of a response (about 32 kB).
  public var write: Duration = .seconds(60)
  /// How long a connection that we close is read on, so that the client gets our last words
  /// before the reset that unread bytes would cause (RFC 9112 §9.6).
  public var linger: Duration = .seconds(2)
  /// Bytes of an unread body that are worth a new handshake.
  public var drain = 1 << 20

  /// Connections that a port has at once; nil for as many as descriptors allow.
  public var connectionsPerPort: Int?

  public init() {}
}
