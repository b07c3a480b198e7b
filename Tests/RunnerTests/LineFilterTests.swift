import Testing

@testable import Runner

/// Filters a text, given in pieces of `size` bytes.
private func filtered(_ text: String, size: Int = .max, limit: Int = 4096) -> String {
  var filter = LineFilter(limit: limit)
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let piece = rest.prefix(size)
    piece.withUnsafeBytes { filter.append($0) }
    rest = rest.dropFirst(piece.count)
  }
  return filter.finish()
}

struct LineFilterTests {
  static let examples: [(String, String)] = [
    ("", ""),
    ("plain\nlines\n", "plain\nlines"),
    ("no newline", "no newline"),
    ("crlf\r\nlines\r\n", "crlf\nlines"),
    ("two\rpieces\n", "two\npieces"),
    ("two\rpieces\r\n", "two\npieces"),
    ("1\r2\r3\n", "1\n[...]\n3"),
    ("1\r2\r3\r\n", "1\n[...]\n3"),
    ("1\r2\r3\r4\r5\nnext\n", "1\n[...]\n5\nnext"),
    ("1\r2\r3\r4", "1\n[...]\n4"),
    ("1\r2\r3\r", "1\n[...]\n3"),
    ("a\n0%\r50%\r100%\nb\rc\nd", "a\n0%\n[...]\n100%\nb\nc\nd"),
    ("\rfirst is empty\nx", "first is empty\nx"),
    ("many\r\r\rreturns\n", "many\nreturns"),
    ("\r\r\r\nx", "x"),
    ("a\n\n\nb\n", "a\n\n\nb"),
  ]

  @Test(arguments: examples)
  func aProgressBarKeepsItsFirstAndLastState(_ example: (String, String)) {
    for size in [1, 2, 3, .max] { #expect(filtered(example.0, size: size) == example.1) }
  }

  @Test func piecesOfAnyLengthTakeBoundedMemoryAndAreCountedExactly() {
    let long = String(repeating: "x", count: 300_000)
    let expected = "start\n" + long.prefix(4096 - 6)
    let text = filtered("start\r\(long)y\n", size: 1000)
    #expect(text.hasPrefix(expected))
    // 5 + newline + 300001 + newline bytes pass, of which 8192 stay.
    #expect(text.contains("\n... omitting \(5 + 1 + 300_001 + 1 - 8192) bytes ...\n"))
    #expect(text.hasSuffix("xxxy"))
  }

  @Test(.timeLimit(.minutes(1))) func manyPiecesInOneBufferCostNoMoreThanTheirBytes() {
    let pieces = String(repeating: "ab\r", count: 400_000)
    #expect(filtered(pieces + "end\n") == "ab\n[...]\nend")
  }

  @Test func theCutDoesNotDependUponHowTheBytesCame() {
    var generator = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0 ... .max, using: &generator)
    var state = seed
    func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    for _ in 0..<200 {
      let alphabet = ["\r", "\n", "a", "bc", "\r\n", "é"]
      let text = (0..<next(120)).map { _ in alphabet[Int(next(6))] }.joined()
      let whole = filtered(text, limit: 8)
      for size in 1...5 {
        #expect(filtered(text, size: size, limit: 8) == whole, "seed \(seed)")
      }
    }
  }
}
