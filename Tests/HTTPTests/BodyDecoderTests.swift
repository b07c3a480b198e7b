import Platform
import Support
import Testing

@testable import HTTP

@Suite struct BodyDecoderTests {
  struct Decoded: Equatable {
    var body = ""
    var isComplete = false
    /// How many bytes were not taken.
    var left = 0
  }

  /// What a stream comes to, by every feeding and several limits; fails if they disagree.
  private func decode(_ framing: BodyFraming, _ text: String) throws(HTTPError) -> Decoded {
    var random = SeededGenerator()
    var results: [Result<Decoded, HTTPError>] = []
    for feeding in feedings(of: Array(text.utf8), random: &random) {
      for limit in [1, 3, 1000] {
        results.append(
          Result { () throws(HTTPError) in try decode(framing, feeding, limit: limit) })
      }
    }
    let first = results[0]
    #expect(results.allSatisfy { $0 == first }, "seed \(random.seed): \(results)")
    return try first.get()
  }

  private func decode(
    _ framing: BodyFraming, _ pieces: [ArraySlice<UInt8>], limit: Int
  ) throws(HTTPError) -> Decoded {
    var input = InputBuffer()
    var decoder = BodyDecoder(framing)
    var body: [UInt8] = []
    for piece in pieces {
      input.append(Array(piece))
      var before: Int
      repeat {
        before = body.count
        try decoder.decode(from: &input, into: &body, limit: limit)
        #expect(body.count - before <= limit)
      } while body.count - before == limit
    }
    return Decoded(
      body: String(decoding: body, as: UTF8.self), isComplete: decoder.isComplete,
      left: input.count)
  }

  private func decodeWhole(_ text: String) throws(HTTPError) -> Decoded {
    try decode(.chunked, [Array(text.utf8)[...]], limit: 100)
  }

  struct Row: Sendable {
    var framing: BodyFraming
    var text: String
    var decoded: Decoded
    init(_ framing: BodyFraming, _ text: String, _ body: String, _ isComplete: Bool, _ left: Int) {
      self.framing = framing
      self.text = text
      decoded = Decoded(body: body, isComplete: isComplete, left: left)
    }
  }

  @Test(arguments: [
    Row(.none, "next", "", true, 4),
    Row(.length(0), "next", "", true, 4),
    Row(.length(5), "hellonext", "hello", true, 4),
    Row(.length(5), "hell", "hell", false, 0),
    Row(.untilClose, "hello", "hello", false, 0),
    Row(.chunked, "0\r\n\r\nnext", "", true, 4),
    Row(.chunked, "5\r\nhello\r\n0\r\n\r\nnext", "hello", true, 4),
    Row(.chunked, "1\r\na\r\n00000002\r\nbc\r\n000\r\n\r\n", "abc", true, 0),
    Row(.chunked, "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", true, 0),
    Row(.chunked, "a\r\n\r\n2345\r\n9\r\r\n0\r\n\r\n", "\r\n2345\r\n9\r", true, 0),
    Row(.chunked, "0000000000000003\r\nabc\r\n0\r\n\r\n", "abc", true, 0),
    Row(.chunked, "3;a=b\r\nabc\r\n0;c\r\n\r\n", "abc", true, 0),
    Row(.chunked, "3 ; a=\"x;y\"\r\nabc\r\n0\r\n\r\n", "abc", true, 0),
    Row(.chunked, "3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\nx", "abc", true, 1),
    Row(.chunked, "3\r\nabc\r\n", "abc", false, 0),
    Row(.chunked, "3\r\nab", "ab", false, 0),
    Row(.chunked, "3\r\nabc\r\n0\r\nA: b\r\n", "abc", false, 0),
  ])
  func aBodyEndsWhereItsFramingSays(_ row: Row) throws {
    #expect(try decode(row.framing, row.text) == row.decoded)
  }

  @Test(arguments: [
    ("\r\n", "hexadecimal"),
    ("+3\r\nabc\r\n", "hexadecimal"),
    ("-3\r\nabc\r\n", "hexadecimal"),
    (" 3\r\nabc\r\n", "hexadecimal"),
    ("g\r\n", "hexadecimal"),
    (";a\r\n", "hexadecimal"),
    ("0x3\r\nabc\r\n", "other than an extension"),
    ("3 \r\nabc\r\n", "other than an extension"),
    ("3_0\r\nabc\r\n", "other than an extension"),
    ("3 a\r\nabc\r\n", "other than an extension"),
    ("3;a\u{1}\r\nabc\r\n", "other than an extension"),
    ("3;a\rb\r\nabc\r\n", "other than an extension"),
    ("3\nabc\r\n", "bare line feed"),
    ("3;a\nabc\r\n", "bare line feed"),
    ("3\r\nabcd\r\n", "longer than its size"),
    ("3\r\nabc\n", "longer than its size"),
    ("3\r\nabc\r0\r\n\r\n", "longer than its size"),
    ("00000000000000003\r\nabc\r\n", "too large"),
    ("ffffffffffffffff\r\n", "too large"),
    ("8000000000000000\r\n", "too large"),
    ("0\r\n\n", "bare line feed"),
    ("0\r\nA: b\n\r\n", "bare line feed"),
    ("0\r\n A: b\r\n\r\n", "white space"),
    ("0\r\nA : b\r\n\r\n", "colon"),
    ("0\r\nGET / HTTP/1.1\r\n\r\n", "colon"),
    ("0\r\nA: \u{1}\r\n\r\n", "control"),
  ])
  func malformedChunksAreRefused(_ text: String, _ words: String) {
    let error = #expect(throws: HTTPError.self) { try decode(.chunked, text) }
    #expect(error?.status == 400)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func theLargestSizeIsTakenAtItsWord() throws {
    #expect(
      try decode(.chunked, "7fffffffffffffff\r\nabc")
        == Decoded(body: "abc", isComplete: false, left: 0))
  }

  @Test func extensionsAreLimited() throws {
    let longLine = "1;" + String(repeating: "x", count: 5000)
    #expect(throws: HTTPError.self) { try decodeWhole(longLine) }
    let chunk = "1;" + String(repeating: "x", count: 1023) + "\r\na\r\n"
    let taken = String(repeating: chunk, count: 16)
    #expect(try decodeWhole(taken).body.count == 16)
    #expect(throws: HTTPError.self) { try decodeWhole(taken + chunk) }
  }

  @Test(arguments: [
    "0\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n",
    "0\r\nA: " + String(repeating: "b", count: 33_000),
  ])
  func trailersAreLimited(_ text: String) {
    let error = #expect(throws: HTTPError.self) { try decodeWhole(text) }
    #expect(error?.status == 431)
  }

  @Test func afterAFaultNothingMoreIsDecoded() {
    var input = InputBuffer()
    var decoder = BodyDecoder(.chunked)
    var body: [UInt8] = []
    input.append(Array("x\r\n5\r\nhello\r\n".utf8))
    for _ in 0..<2 {
      #expect(throws: HTTPError.self) { try decoder.decode(from: &input, into: &body, limit: 9) }
    }
    #expect(body.isEmpty)
  }
}
