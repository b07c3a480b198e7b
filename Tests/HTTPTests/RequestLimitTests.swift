import Testing

@testable import HTTP

/// The limits of decision 28, to the byte.
@Suite struct RequestLimitTests {
  /// The status by which a head is answered (200 if it is taken), whole and cut so that its end
  /// comes late.
  private func status(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    let results = [0, 1, 2, 3, 5, 20, 3000].map { last in
      let cut = max(0, bytes.count - last)
      return StreamReader.read([bytes[..<cut], bytes[cut...]]).events.first
    }
    #expect(results.allSatisfy { $0 == results[0] })
    switch results[0] {
    case .request: return 200
    case .failure(let error): return error.status
    default: return 0
    }
  }

  private func head(targetLength: Int) -> String {
    "GET /\(String(repeating: "a", count: targetLength - 1)) HTTP/1.1\r\nHost: h\r\n\r\n"
  }

  private func fields(_ lengths: [Int]) -> String {
    "GET / HTTP/1.1\r\nHost: h\r\n"
      + lengths.map { "X: " + String(repeating: "v", count: $0 - 3) + "\r\n" }.joined() + "\r\n"
  }

  @Test func aRequestLineMayHave64Kilobytes() {
    let rest = "GET  HTTP/1.1".utf8.count
    #expect(status(head(targetLength: 65536 - rest)) == 200)
    #expect(status(head(targetLength: 65536 - rest + 1)) == 414)
    #expect(status("GET /" + String(repeating: "a", count: 70_000)) == 414)
    #expect(status(String(repeating: "a", count: 70_000)) == 414)
  }

  @Test func aFieldMayHave32Kilobytes() {
    #expect(status(fields([32768])) == 200)
    #expect(status(fields([32769])) == 431)
    #expect(status("GET / HTTP/1.1\r\nX: " + String(repeating: "v", count: 40_000)) == 431)
  }

  @Test func allFieldsMayHave128Kilobytes() {
    let host = "Host: h\r\n".utf8.count
    let last = 131_072 - host - 3 * 32_770 - 2
    #expect(status(fields([32768, 32768, 32768, last])) == 200)
    #expect(status(fields([32768, 32768, 32768, last + 1])) == 431)
    #expect(status(fields([32768, 32768, 32768, last, 3])) == 431)
  }

  @Test func aHeadMayHave100Fields() {
    #expect(status(fields(Array(repeating: 4, count: 99))) == 200)
    #expect(status(fields(Array(repeating: 4, count: 100))) == 431)
  }
}
