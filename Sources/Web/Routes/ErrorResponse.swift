import HTTP
import Jobs
import Manager

/// A request that is refused or failed: the status, and the sentence the client is told.
public struct ErrorResponse: Error, Hashable, Sendable {
  public var status: Int
  /// A sentence without a newline; never holds a secret.
  public var message: String
  public var headers: Headers

  public init(_ status: Int, _ message: String, headers: Headers = Headers()) {
    self.status = status
    self.message = message
    self.headers = headers
  }

  /// What the queue says, as HTTP.
  public init(_ error: QueueError) {
    switch error {
    case .invalid(let sentence): self.init(400, sentence)
    case .storage(let sentence, full: true): self.init(507, sentence)
    case .storage(let sentence, full: false): self.init(503, sentence, retryAfter: 5)
    case .unavailable(let sentence): self.init(503, sentence, retryAfter: 1)
    case .unknownLink(let sentence): self.init(409, sentence)
    }
  }

  /// Something that is only wrong for the moment (RFC 9110 §10.2.3).
  public init(_ status: Int, _ message: String, retryAfter seconds: Int) {
    var headers = Headers()
    headers.add("Retry-After", String(seconds))
    self.init(status, message, headers: headers)
  }

  /// The answer: plain text, or a problem document for those who ask for one (decision 20).
  /// - Parameter accept: the request's `Accept` field.
  public func response(accept: String?) -> Response {
    var headers = headers
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("Cache-Control", "no-store")
    if let accept, Self.wantsProblem(accept) {
      headers.add("Content-Type", "application/problem+json")
      return Response(status: status, headers: headers, body: .bytes(problem()))
    }
    headers.add("Content-Type", "text/plain; charset=utf-8")
    return Response(status: status, headers: headers, body: .bytes(Array((message + "\n").utf8)))
  }

  /// Whether an `Accept` field names problem documents, and not only to refuse them with `q=0`.
  static func wantsProblem(_ accept: String) -> Bool {
    accept.split(separator: ",").contains { range in
      let parts = range.split(separator: ";").map { part in
        part.filter { $0 != " " && $0 != "\t" }.lowercased()
      }
      guard parts.first == "application/problem+json" else { return false }
      return !parts.dropFirst().contains { parameter in
        guard parameter.hasPrefix("q=") else { return false }
        return Double(parameter.dropFirst(2)) == 0
      }
    }
  }

  /// RFC 9457 §3.
  private func problem() -> [UInt8] {
    var json = JSONWriter(capacity: 256)
    json.beginObject()
    json.name("type")
    json.string("about:blank")
    json.name("title")
    json.string(Self.title(of: status))
    json.name("status")
    json.int(status)
    json.name("detail")
    json.string(message)
    json.endObject()
    json.newline()
    return json.takeBytes()
  }

  /// The reason phrases of RFC 9110 §15 and RFC 4918 §11.5, for the statuses used here.
  private static func title(of status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 417: "Expectation Failed"
    case 431: "Request Header Fields Too Large"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    case 507: "Insufficient Storage"
    default: status < 500 ? "Request Failed" : "Internal Server Error"
    }
  }
}
