import Testing

@testable import HTTP

/// What the grammar of RFC 9112 forbids, row by row.
@Suite struct RequestRefusalTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var head: String
    var status: Int
    var words: String
    init(_ head: String, _ status: Int, _ words: String) {
      self.head = head
      self.status = status
      self.words = words
    }
    var testDescription: String { String(head.prefix(60)).debugDescription + " → \(status)" }

    /// A request whose first line is this and whose rest is blameless.
    static func line(_ line: String, _ status: Int, _ words: String) -> Row {
      Row(line + "\r\nHost: h\r\n\r\n", status, words)
    }
    /// A request of a blameless first line, Host, and this.
    static func fields(_ fields: String, _ status: Int, _ words: String) -> Row {
      Row("POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n", status, words)
    }
  }

  static let lines: [Row] = [
    .line("GET /", 400, "not a method, a target and a version"),
    .line("GET", 400, "method"),
    .line("GET  / HTTP/1.1", 400, "not a method"),
    .line("GET /  HTTP/1.1", 400, "HTTP version"),
    .line("GET / HTTP/1.1 ", 400, "HTTP version"),
    .line("GET / HTTP/1.1\r", 400, "HTTP version"),
    .line("GET\t/\tHTTP/1.1", 400, "method"),
    .line(" GET / HTTP/1.1", 400, "method"),
    .line("G@T / HTTP/1.1", 400, "method"),
    .line("GÉT / HTTP/1.1", 400, "method"),
    .line("GET /a b HTTP/1.1", 400, "HTTP version"),
    .line("GET /a\tb HTTP/1.1", 400, "target"),
    .line("GET /a\0b HTTP/1.1", 400, "target"),
    .line("GET /a\rb HTTP/1.1", 400, "target"),
    .line("GET /a\u{7F} HTTP/1.1", 400, "target"),
    .line("GET /a#b HTTP/1.1", 400, "neither a path"),
    .line("GET a HTTP/1.1", 400, "neither a path"),
    .line("GET ?a HTTP/1.1", 400, "neither a path"),
    .line("GET * HTTP/1.1", 400, "neither a path"),
    .line("OPTIONS *a HTTP/1.1", 400, "neither a path"),
    .line("CONNECT h:443 HTTP/1.1", 400, "neither a path"),
    .line("GET ftp://h/ HTTP/1.1", 400, "neither a path"),
    .line("GET http:///a HTTP/1.1", 400, "neither a path"),
    .line("GET http:// HTTP/1.1", 400, "neither a path"),
    .line("GET http://u@h/a HTTP/1.1", 400, "neither a path"),
    .line("GET / http/1.1", 400, "HTTP version"),
    .line("GET / HTTP/1", 400, "HTTP version"),
    .line("GET / HTTP/1.10", 400, "HTTP version"),
    .line("GET / HTTP/1,1", 400, "HTTP version"),
    .line("GET / HTTP/a.b", 400, "HTTP version"),
    .line("GET / HTTP/2.0", 505, "HTTP/1.1"),
    .line("GET / HTTP/0.9", 505, "HTTP/1.1"),
    .line("PRI * HTTP/2.0", 505, "HTTP/1.1"),
    .line("\r\n\r\nGET / HTTP/1.1", 400, "method"),
    .line("\nGET / HTTP/1.1", 400, "bare line feed"),
    .init("GET / HTTP/1.1\nHost: h\r\n\r\n", 400, "bare line feed"),
    .init("GET / HTTP/1.1\r\nHost: h\n\r\n", 400, "bare line feed"),
    .init("GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "bare line feed"),
  ]

  static let fields: [Row] = [
    .fields("X: a\rb", 400, "control character"),
    .fields("X: a\0b", 400, "control character"),
    .fields("X: a\u{1}b", 400, "control character"),
    .fields("X: a\u{7F}", 400, "control character"),
    .fields("\rX: a", 400, "name"),
    .fields("X: a\r\n b", 400, "begins with white space"),
    .fields("X: a\r\n\tb", 400, "begins with white space"),
    .init("GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "begins with white space"),
    .fields("X : h", 400, "before its colon"),
    .fields("X\t: h", 400, "before its colon"),
    .fields("a b: c", 400, "white space in"),
    .fields(": c", 400, "without a name"),
    .fields("nocolon", 400, "without a colon"),
    .fields("X(: c", 400, "invalid character"),
    .fields("Xé: c", 400, "invalid character"),
    .fields("X\0: c", 400, "invalid character"),
    .init("GET / HTTP/1.1\r\n\r\n", 400, "without Host"),
    .fields("host: h", 400, "more than one Host"),
    .init("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "more than one Host"),
    .init("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "Host is not"),
    .init("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "Host is not"),
    .init("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "Host is not"),
    .fields("Expect: 200-ok", 417, "100-continue"),
    .fields("Expect:", 417, "100-continue"),
  ]

  static let framings: [Row] = [
    .fields("Content-Length: 1\r\nContent-Length: 1", 400, "more than one Content-Length"),
    .fields("Content-Length: 1\r\nContent-Length: 2", 400, "more than one Content-Length"),
    .fields("Content-Length: 1, 1", 400, "decimal"),
    .fields("Content-Length: +1", 400, "decimal"),
    .fields("Content-Length: -1", 400, "decimal"),
    .fields("Content-Length:", 400, "decimal"),
    .fields("Content-Length: 0x1", 400, "decimal"),
    .fields("Content-Length: 1 1", 400, "decimal"),
    .fields("Content-Length: 1.0", 400, "decimal"),
    .fields("Content-Length: ١", 400, "decimal"),
    .fields("Content-Length: 9223372036854775808", 400, "too large"),
    .fields("Content-Length: 99999999999999999999", 400, "too large"),
    .fields("Content-Length: 1\r\nTransfer-Encoding: chunked", 400, "both"),
    .fields("Transfer-Encoding: chunked\r\nContent-Length: 1", 400, "both"),
    .fields("Transfer-Encoding: gzip\r\nContent-Length: 1", 400, "both"),
    .fields("Transfer-Encoding: gzip, chunked", 501, "only transfer"),
    .fields("Transfer-Encoding: chunked, chunked", 501, "only transfer"),
    .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 501, "only transfer"),
    .fields("Transfer-Encoding: identity", 501, "only transfer"),
    .fields("Transfer-Encoding:", 501, "only transfer"),
    .fields("Transfer-Encoding: xchunked", 501, "only transfer"),
    .fields("Transfer-Encoding: chunked;a", 501, "only transfer"),
    .fields("Transfer-Encoding: \"chunked\"", 501, "only transfer"),
    .fields("Transfer-Encoding: \u{0B}chunked", 400, "control character"),
    .init("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"),
  ]

  private func expectRefusal(_ row: Row) {
    let events = outcome(of: row.head)
    guard case .failure(let error)? = events.first, events.count == 1 else {
      Issue.record("not refused: \(events)")
      return
    }
    #expect(error.status == row.status)
    #expect(error.message.contains(row.words), "\(error.message)")
  }

  @Test(arguments: lines) func aMalformedLineIsRefused(_ row: Row) { expectRefusal(row) }

  @Test(arguments: fields) func aMalformedFieldIsRefused(_ row: Row) { expectRefusal(row) }

  @Test(arguments: framings) func anAmbiguousLengthIsRefused(_ row: Row) { expectRefusal(row) }
}
