import Glibc
import Support
import Testing

@testable import HTTP

@Suite struct HTTPDateTests {
  private func text(_ seconds: Int64) -> String {
    let bytes = [UInt8](room: 29) { HTTPDate.write(seconds, to: &$0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
      (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ] as [(Int64, String)])
  func datesAreThoseOfTheStandard(_ seconds: Int64, _ expected: String) {
    #expect(text(seconds) == expected)
  }

  @Test func anyDateIsTheOneOfTheSystemLibrary() {
    var random = SeededGenerator()
    for _ in 0..<2000 {
      let seconds = Int64.random(in: -30_000_000_000...200_000_000_000, using: &random)
      var (time, parts) = (time_t(seconds), tm())
      gmtime_r(&time, &parts)
      var buffer = [CChar](repeating: 0, count: 64)
      let length = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      let expected = String(
        decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      #expect(text(seconds) == expected, "seed \(random.seed)")
    }
  }
}
