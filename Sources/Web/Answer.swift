import HTTP

/// What a request is answered with.
public enum Answer {
  /// What is there already. It is sent without a wait, or a change of task, on the way.
  case ready(Response)
  /// What must be waited for, or depends on the body.
  case later((RequestBody) async throws(ErrorResponse) -> Response)
}

/// Finds the answer to a request by its head. Runs on the connection's actor.
/// - Throws: what to answer instead, as the closure of `.later` does.
public typealias Responder = @Sendable (Request) throws(ErrorResponse) -> Answer
