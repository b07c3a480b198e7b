import Platform
import Testing

@testable import HTTP

@Suite struct MessageWriterTests {
  private func response(
    _ status: Int, _ framing: BodyFraming, keepsAlive: Bool = true, minorVersion: Int = 1,
    headers: Headers = Headers()
  ) -> String {
    String(
      decoding: MessageWriter.responseHead(
        status: status, headers: headers, framing: framing, keepsAlive: keepsAlive,
        minorVersion: minorVersion, at: 784_111_777),
      as: UTF8.self)
  }

  static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

  @Test func aHeadHasWhatShapesTheMessage() {
    let date = Self.date
    #expect(
      response(200, .length(5)) == "HTTP/1.1 200 OK\r\n\(date)Content-Length: 5\r\n\r\n")
    #expect(
      response(201, .chunked, keepsAlive: false)
        == "HTTP/1.1 201 Created\r\n\(date)Transfer-Encoding: chunked\r\n"
        + "Connection: close\r\n\r\n")
    #expect(
      response(404, .none) == "HTTP/1.1 404 Not Found\r\n\(date)Content-Length: 0\r\n\r\n")
    #expect(response(204, .length(0)) == "HTTP/1.1 204 No Content\r\n\(date)\r\n")
    #expect(response(304, .none) == "HTTP/1.1 304 Not Modified\r\n\(date)\r\n")
    #expect(
      response(304, .length(7))
        == "HTTP/1.1 304 Not Modified\r\n\(date)Content-Length: 7\r\n\r\n")
    #expect(
      response(200, .untilClose) == "HTTP/1.1 200 OK\r\n\(date)Connection: close\r\n\r\n")
    #expect(
      response(200, .length(1), minorVersion: 0)
        == "HTTP/1.1 200 OK\r\n\(date)Content-Length: 1\r\nConnection: keep-alive\r\n\r\n")
    #expect(response(299, .length(1)).hasPrefix("HTTP/1.1 299 \r\n"))
  }

  @Test func theDateIsTodays() {
    let head = MessageWriter.responseHead(
      status: 200, headers: Headers(), framing: .none, keepsAlive: true)
    let before = wallClockNanoseconds() / 1_000_000_000
    let dates = (before - 2...before + 1).map { seconds in
      let bytes = [UInt8](room: 29) { HTTPDate.write(seconds, to: &$0) }
      return String(decoding: bytes, as: UTF8.self)
    }
    #expect(dates.contains { String(decoding: head, as: UTF8.self).contains($0) })
  }

  @Test func fieldsThatShapeTheMessageComeFromTheParametersOnly() {
    var headers = Headers()
    for name in ["content-length", "Transfer-Encoding", "CONNECTION", "Date", "Host"] {
      headers.add(name, "lie")
    }
    headers.add("X-Kept", "a: b")
    #expect(
      response(200, .length(2), headers: headers)
        == "HTTP/1.1 200 OK\r\n\(Self.date)X-Kept: a: b\r\nContent-Length: 2\r\n\r\n")
  }

  @Test func aRequestHeadIsReadBackAsWritten() throws {
    var headers = Headers()
    headers.add("Accept", "*/*")
    let head = MessageWriter.requestHead(
      method: "POST", rawTarget: "/rest/v1/jobs/?a=b", host: "[::1]:11302", headers: headers,
      framing: .length(2))
    let request = try #require(requests(outcome(of: head + Array("[]".utf8))).first)
    #expect(request.method == "POST")
    #expect(request.rawTarget == "/rest/v1/jobs/?a=b")
    #expect(request.framing == .length(2))
    #expect(request.headers["host"] == "[::1]:11302")
    #expect(request.headers["accept"] == "*/*")
    #expect(request.keepsAlive)
  }

  @Test(arguments: [("GET", false), ("DELETE", false), ("POST", true), ("PUT", true)])
  func anAbsentBodyIsAnnouncedWhereOneIsExpected(_ method: String, isAnnounced: Bool) {
    let head = MessageWriter.requestHead(
      method: method, rawTarget: "/", host: "h", headers: Headers(), framing: .none)
    #expect(String(decoding: head, as: UTF8.self).contains("Content-Length: 0\r\n") == isAnnounced)
  }

  @Test func nothingCanBreakOutOfARequestLine() throws {
    let head = MessageWriter.requestHead(
      method: "GET", rawTarget: "/a b\r\nX: y\u{7F}é", host: "h\r\nY: z", headers: Headers(),
      framing: .none)
    #expect(
      String(decoding: head, as: UTF8.self)
        == "GET /a%20b%0D%0AX:%20y%7F%C3%A9 HTTP/1.1\r\nHost: h%0D%0AY:%20z\r\n\r\n")
  }

  @Test func chunksAreReadBackAsWritten() throws {
    let pieces = [[UInt8](repeating: 7, count: 300), [1], Array("\r\n0\r\n\r\n".utf8)]
    #expect(MessageWriter.chunk([]).isEmpty)
    #expect(MessageWriter.chunk([65]) == Array("1\r\nA\r\n".utf8))
    var input = InputBuffer()
    for piece in pieces { input.append(MessageWriter.chunk(piece)) }
    input.append(MessageWriter.lastChunk)
    var decoder = BodyDecoder(.chunked)
    var body: [UInt8] = []
    try decoder.decode(from: &input, into: &body, limit: 1000)
    #expect(decoder.isComplete)
    #expect(body == pieces.flatMap { $0 })
  }
}
