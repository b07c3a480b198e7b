import Platform
import Support
import Testing

@testable import HTTP

/// What a stream, fed in every way, comes to; fails if the ways disagree.
func outcome(
  of text: String, sourceLocation: SourceLocation = #_sourceLocation
) -> [StreamReader.Event] {
  outcome(of: Array(text.utf8), sourceLocation: sourceLocation)
}

func outcome(
  of bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
) -> [StreamReader.Event] {
  var random = SeededGenerator()
  let whole = StreamReader.read([bytes[...]])
  for feeding in feedings(of: bytes, random: &random) {
    let other = StreamReader.read(feeding)
    #expect(other.events == whole.events, "seed \(random.seed)", sourceLocation: sourceLocation)
  }
  return whole.events
}

func requests(_ events: [StreamReader.Event]) -> [Request] {
  events.compactMap { if case .request(let request) = $0 { request } else { nil } }
}

@Suite struct RequestParserTests {
  @Test func aHeadIsTakenApart() throws {
    let events = outcome(
      of: "POST /rest/v1/jobs/?rep_grp=a HTTP/1.1\r\nHost: localhost:11302\r\n"
        + "Content-Type:application/json\r\nX-Blank: \t a b \t\r\nX-Empty:\r\n"
        + "content-LENGTH: 3\r\n\r\nabc")
    let request = try #require(requests(events).first)
    #expect(request.method == "POST")
    #expect(request.rawTarget == "/rest/v1/jobs/?rep_grp=a")
    #expect(request.minorVersion == 1)
    #expect(request.keepsAlive)
    #expect(!request.expectsContinue)
    #expect(request.framing == .length(3))
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["x-BLANK"] == "a b")
    #expect(request.headers["X-Empty"] == "")
    #expect(request.headers["X-Absent"] == nil)
    #expect(
      request.headers.fields.map(\.name) == [
        "Host", "Content-Type", "X-Blank", "X-Empty", "content-LENGTH",
      ])
    #expect(events.last == .body(Array("abc".utf8)))
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", true),
    ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", true),
    ("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", true),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, CLOSE ,\r\n\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x\r\nConnection: close\r\n\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, close\r\n\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", true),
    ("GET / HTTP/1.9\r\nHost: h\r\n\r\n", true),
    ("GET / HTTP/1.0\r\n\r\n", false),
    ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
    ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
  ])
  func aConnectionIsKeptByTheRulesOfItsVersion(_ head: String, keepsAlive: Bool) throws {
    let request = try #require(requests(outcome(of: head)).first)
    #expect(request.keepsAlive == keepsAlive)
    #expect(request.framing == .none)
  }

  @Test(arguments: [
    ("HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", true),
    ("HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\na", true),
    ("HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true),
    ("HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", false),
    ("HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", false),
    ("HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", false),
  ])
  func aClientWaitsOnlyBeforeABody(_ rest: String, expects: Bool) throws {
    let events = outcome(
      of: "POST / " + rest.replacing("\r\nExpect", with: "\r\nHost: h\r\nExpect"))
    #expect(try #require(requests(events).first).expectsContinue == expects)
  }

  @Test(arguments: [
    "/", "/a?b=c&d", "/%7Ea//b/../c", "http://h", "http://h/", "HTTPS://h:1/a?b", "http://h?a",
    "/a[b]{c}|\"<>\\^`", "/Größe",
  ])
  func servedFormsOfTheTargetAreTaken(_ target: String) throws {
    let request = try #require(
      requests(outcome(of: "GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")).first)
    #expect(request.rawTarget == target)
  }

  @Test func theAsteriskIsForOptions() throws {
    let request = try #require(
      requests(outcome(of: "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")).first)
    #expect(try request.target() == Target())
  }

  /// RFC 3986 §3.2.2, with the colon of a port.
  @Test func aHostHasTheOctetsOfHostsOnly() {
    let allowed = Set(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+,;=:[]".utf8)
    for octet in UInt8.min...UInt8.max {
      let head = Array("GET / HTTP/1.1\r\nHost: a".utf8) + [octet] + Array("b\r\n\r\n".utf8)
      #expect(requests(outcome(of: head)).isEmpty != allowed.contains(octet), "\(octet)")
    }
  }

  @Test func aTargetThatIsNotUTF8IsRefused() {
    let bytes =
      Array("GET /".utf8) + [0xFF, 0xC3] + Array(" HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
    #expect(outcome(of: bytes) == [.failure(.badRequest("the request target is not UTF-8"))])
  }

  @Test func valuesMayHoldBytesAboveASCII() throws {
    let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\nX: ü".utf8) + [0xFF] + Array("\r\n\r\n".utf8)
    #expect(try #require(requests(outcome(of: bytes)).first).headers["x"] == "ü\u{FFFD}")
  }

  @Test func pipelinedRequestsComeOneByOne() {
    let events = outcome(
      of: "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
        + "\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
        + "\r\nPOST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5;x=y\r\nworld\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n"
        + "GET /4 HTTP/1.0\r\n\r\n")
    #expect(requests(events).map(\.rawTarget) == ["/1", "/2", "/3", "/4"])
    let bodies = events.compactMap { if case .body(let bytes) = $0 { bytes } else { nil } }
    #expect(bodies == [[], Array("hello".utf8), Array("world!".utf8), []])
  }

  @Test func afterAFaultNothingMoreIsRead() {
    var input = InputBuffer()
    var parser = RequestParser()
    input.append(Array("BAD\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
    #expect(throws: HTTPError.self) { try parser.next(from: &input) }
    input.append(Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
    #expect(throws: HTTPError.self) { try parser.next(from: &input) }
  }
}
