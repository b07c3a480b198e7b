import Platform

/// A client's HTTPS connection: one request at a time, kept alive, trusting one authority.
public actor Client {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  /// Connects lazily, and again after the connection was lost.
  /// - Parameters:
  ///   - host: a DNS name or an IP address (resolved off the reactor).
  ///   - serverName: what the certificate must be for.
  public init(
    reactor: Reactor, host: String, port: UInt16, serverName: String, context: TLSContext,
    token: String?
  ) {
    self.reactor = reactor
  }

  /// A whole answer.
  public struct Answer: Sendable {
    public var status: Int
    public var headers: Headers
    public var body: [UInt8]
  }

  /// Sends a request and reads its whole answer.
  /// - Throws: `TLSError` if no answer came until the deadline; the connection is then closed.
  ///   `HTTPError` if what came is not HTTP.
  public func send(
    _ method: String, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
    until deadline: Instant?
  ) async throws -> Answer { fatalError() }

  /// Sends a request and gives the body of its answer piece by piece as it comes.
  /// - Parameters:
  ///   - idle: how long to wait for the next piece.
  ///   - receive: called on the reactor with each piece; returns false to stop and close.
  /// - Returns: the head's status; for other than 200 nothing is given to `receive`.
  public func stream(
    _ method: String, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
    idle: Duration, receive: @Sendable ([UInt8]) async -> Bool
  ) async throws -> Int { fatalError() }

  public func close() {}
}
