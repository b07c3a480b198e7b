import Support
import Testing

@testable import HTTP

/// However a hostile stream is cut, it must come to the same; and nothing may trap.
@Suite struct SmugglingFuzzTests {
  /// Fragments of which the attacks of the literature are made.
  private static let fragments: [String] = [
    "GET / HTTP/1.1\r\n", "POST /a?b=c HTTP/1.1\r\n", "GET / HTTP/1.0\r\n", "Host: h\r\n",
    "Host: h\r\n\r\n", "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Content-Length: 05\r\n",
    "Content-Length : 5\r\n", "Content-Length:\t5\r\n", "Content-Length: 5\n",
    "Transfer-Encoding: chunked\r\n", "Transfer-Encoding:chunked\r\n",
    "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding:\r\n chunked\r\n",
    "transfer-encoding:\tCHUNKED\r\n", "Connection: close\r\n", "Expect: 100-continue\r\n",
    "\r\n", "\n", "\r", "\r\n\r\n", "0\r\n\r\n", "0\r\n", "5\r\nhello\r\n", "5;a\r\nhello\r\n",
    "5\nhello\r\n", "1\r\nA\r\n", "hello", "A: b\r\n", " folded\r\n", ": x\r\n", "\0", "\u{FF}",
  ]

  private func expectTheSameHoweverItIsCut(_ bytes: [UInt8], _ random: inout SeededGenerator) {
    let whole = StreamReader.read([bytes[...]])
    for feeding in feedings(of: bytes, random: &random) {
      let limit = Int.random(in: 1...20, using: &random)
      #expect(
        StreamReader.read(feeding, bodyLimit: limit).events == whole.events,
        "seed \(random.seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }

  @Test(.timeLimit(.minutes(1))) func randomSequencesOfFragmentsAreReadInOneWay() {
    var random = SeededGenerator()
    var accepted = 0
    for _ in 0..<3000 {
      var text = Bool.random(using: &random) ? "POST / HTTP/1.1\r\nHost: h\r\n" : ""
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        text += Self.fragments.randomElement(using: &random) ?? ""
      }
      let bytes = Array(text.utf8)
      expectTheSameHoweverItIsCut(bytes, &random)
      accepted += requests(StreamReader.read([bytes[...]]).events).count
    }
    #expect(accepted > 100, "the fragments hardly ever make a request: seed \(random.seed)")
  }

  @Test(.timeLimit(.minutes(1))) func mutatedStreamsAreReadInOneWay() {
    var random = SeededGenerator()
    let valid = Array(
      ("POST /rest/v1/jobs/?rep_grp=a%20b HTTP/1.1\r\nHost: localhost:11302\r\n"
        + "Authorization: Bearer x\r\nContent-Length: 5\r\n\r\nhello"
        + "PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n"
        + "5;x=\"y\"\r\nworld\r\n0\r\nT: u\r\n\r\nGET /c HTTP/1.0\r\n\r\n").utf8)
    for _ in 0..<3000 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
      expectTheSameHoweverItIsCut(bytes, &random)
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let special: [UInt8] = [0, 9, 10, 13, 32, 34, 37, 44, 45, 48, 57, 58, 59, 127, 128, 255]
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[place] = .random(in: .min ... .max, using: &random)
    case 1: bytes[place] = special.randomElement(using: &random) ?? 0
    case 2: bytes.insert(special.randomElement(using: &random) ?? 0, at: place)
    case 3: bytes.remove(at: place)
    default:
      let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
      bytes.insert(
        contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0..<bytes.count, using: &random))
    }
  }

  @Test(.timeLimit(.minutes(1))) func anyTargetIsTakenApartOrRefused() {
    var random = SeededGenerator()
    let alphabet = Array("/?&=;%+.2eEfF0aG:*é".unicodeScalars)
    for _ in 0..<5000 {
      var raw = ""
      for _ in 0..<Int.random(in: 0...14, using: &random) {
        raw.unicodeScalars.append(alphabet.randomElement(using: &random) ?? "a")
      }
      guard let target = try? Target(parsing: raw) else { continue }
      #expect(
        !target.path.contains { $0.isEmpty }, "seed \(random.seed): \(raw)")
    }
  }
}
