/// What is wrong with a message; says itself which status answers it.
public struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// For a request: 400, 413, 414, 417, 431, 501 or 505. For an answer that our client cannot
  /// read: 502.
  public var status: Int
  /// A sentence for the client.
  public var message: String

  public var description: String { message }

  public init(status: Int, message: String) {
    self.status = status
    self.message = message
  }

  /// The request cannot be understood (RFC 9110 §15.5.1).
  public static func badRequest(_ message: String) -> Self { Self(status: 400, message: message) }

  /// The query, or the path, cannot be decoded; begins as behaviour.md §11.2 has it.
  static func badTarget(_ detail: String) -> Self {
    .badRequest("form parsing error: \(detail)")
  }
}
