import HTTP

/// A request as routes see it: its head, and its body to be read.
public struct IncomingRequest {
  public let head: Request
  public let body: RequestBody
}

/// What answers requests. Runs on the connection's actor.
public typealias Responder = @Sendable (IncomingRequest) async -> Response
