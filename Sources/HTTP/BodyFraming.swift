/// How the end of a message's body is known (RFC 9112 §6).
public enum BodyFraming: Sendable, Hashable {
  case none
  case length(Int)
  case chunked
  /// Until the connection closes; responses only.
  case untilClose
}
