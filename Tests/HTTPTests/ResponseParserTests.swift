import Platform
import Support
import Testing

@testable import HTTP

@Suite struct ResponseParserTests {
  /// The head, and how many bytes are left; by every feeding.
  private func parse(_ text: String, answering method: String = "GET") throws(HTTPError) -> (
    head: ResponseHead?, left: Int
  ) {
    var random = SeededGenerator()
    var results: [(head: Result<ResponseHead?, HTTPError>, left: Int)] = []
    for feeding in feedings(of: Array(text.utf8), random: &random) {
      var input = InputBuffer()
      var parser = ResponseParser()
      var fed = 0
      let head = Result { () throws(HTTPError) -> ResponseHead? in
        for piece in feeding {
          input.append(Array(piece))
          fed += piece.count
          if let head = try parser.next(from: &input, answering: method) { return head }
        }
        return nil
      }
      results.append((head, text.utf8.count - fed + input.count))
    }
    let first = results[0]
    #expect(
      results.allSatisfy { $0.head == first.head }, "seed \(random.seed): \(results)")
    return (try first.head.get(), first.left)
  }

  struct Row: Sendable {
    var text: String
    var method = "GET"
    var status: Int
    var framing: BodyFraming
    var keepsAlive: Bool
  }

  @Test(arguments: [
    Row(
      text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", status: 200, framing: .length(3),
      keepsAlive: true),
    Row(
      text: "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", status: 200,
      framing: .chunked, keepsAlive: true),
    Row(
      text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", status: 200,
      framing: .length(3), keepsAlive: false),
    Row(text: "HTTP/1.1 500 Öh\r\n\r\n", status: 500, framing: .untilClose, keepsAlive: false),
    Row(
      text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", method: "HEAD", status: 200,
      framing: .none, keepsAlive: true),
    Row(text: "HTTP/1.1 204 No\r\n\r\n", status: 204, framing: .none, keepsAlive: true),
    Row(
      text: "HTTP/1.1 304 No\r\nContent-Length: 3\r\n\r\n", status: 304, framing: .none,
      keepsAlive: true),
    Row(
      text: "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", status: 200, framing: .length(3),
      keepsAlive: false),
    Row(
      text: "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
      status: 200, framing: .length(3), keepsAlive: true),
    Row(
      text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
        + "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", status: 201, framing: .length(0),
      keepsAlive: true),
  ])
  func aHeadIsReadByItsVersionStatusAndFields(_ row: Row) throws {
    let (head, left) = try parse(row.text + "rest", answering: row.method)
    #expect(head?.status == row.status)
    #expect(head?.framing == row.framing)
    #expect(head?.keepsAlive == row.keepsAlive)
    #expect(left == 4)
  }

  @Test func anIncompleteHeadIsWaitedFor() throws {
    #expect(try parse("HTTP/1.1 200 OK\r\nA: b\r\n").head == nil)
    #expect(try parse("HTTP/1.1 100 Continue\r\n\r\n").head == nil)
  }

  @Test(arguments: [
    "HTTP/1.1 200\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 +20 OK\r\n\r\n",
    "HTTP/1.1 000 OK\r\n\r\n",
    "HTTP/1.1 600 OK\r\n\r\n",
    "HTTP/1.1 101 Switching\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/1.1 200 O\u{1}K\r\n\r\n",
    "HTTP/1.1 200 OK\n\n",
    "ICY 200 OK\r\n\r\n",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 " + String(repeating: "x", count: 40_000),
    "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 101),
  ])
  func whatIsNotHTTPIsRefused(_ text: String) {
    let error = #expect(throws: HTTPError.self) { try parse(text) }
    #expect(error?.status == 502)
  }
}
