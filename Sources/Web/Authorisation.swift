import HTTP
import Manager

/// Who may ask: those who show the token (behaviour.md §11.2).
public struct Authorisation: Sendable {
  private let token: Token

  public init(token: Token) { self.token = token }

  /// Checks a request. The `token` parameter, if it is not empty, beats the header.
  /// - Throws: 401, saying what is missing but never what was sent.
  public func check(_ target: Target, _ headers: Headers) throws(ErrorResponse) {
    let shown = try Self.shownToken(target, headers)
    guard token.matches(shown) else { throw Self.refusal("Invalid token") }
  }

  /// The token that a request shows, right or wrong.
  static func shownToken(_ target: Target, _ headers: Headers) throws(ErrorResponse) -> String {
    if let parameter = target["token"], !parameter.isEmpty { return parameter }
    guard let field = headers["Authorization"] else {
      throw refusal("Authorization header required")
    }
    let scheme = "Bearer "
    guard field.utf8.starts(with: scheme.utf8) else {
      throw refusal("Authorization requires Bearer scheme")
    }
    return String(field.dropFirst(scheme.count))
  }

  private static func refusal(_ sentence: String) -> ErrorResponse {
    var headers = Headers()
    headers.add("WWW-Authenticate", "Bearer")
    return ErrorResponse(401, sentence, headers: headers)
  }
}
