import Testing

@testable import Runner

private func tail(_ text: String, limit: Int = 4096, size: Int = .max) -> OutputTail {
  var tail = OutputTail(limit: limit)
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    rest.prefix(size).withUnsafeBytes { tail.append($0) }
    rest = rest.dropFirst(size)
  }
  return tail
}

struct OutputTailTests {
  @Test(arguments: [1, 3, 7, 100, Int.max])
  func onlyTheMiddleIsDropped(size: Int) {
    #expect(tail("abcdef", limit: 3, size: size).text == "abcdef")
    #expect(tail("abcdefg", limit: 3, size: size).text == "abc\n... omitting 1 bytes ...\nefg")
    #expect(
      tail("abcdefghijklm", limit: 3, size: size).text == "abc\n... omitting 7 bytes ...\nklm")
  }

  @Test func theWorkedExamplesOfTheSpecificationHold() {
    let lines = (1...60).map { String(repeating: "\($0)", count: 130) + "p\n" }.joined()
    #expect(tail(lines).text.contains("\n... omitting 6358 bytes ...\n"))
    #expect(tail(lines + "Died at -e line 1.\n").text.contains("... omitting 6377 bytes ..."))
    let long = String(repeating: String(repeating: "e", count: 65536) + "\n", count: 10)
    let text = tail(long, size: 4000).text
    let half = String(repeating: "e", count: 4096)
    #expect(text == "\(half)\n... omitting 647178 bytes ...\n\(half.dropLast())")
  }

  @Test func whitespaceIsTrimmedAndNothingStaysOfWhitespace() {
    #expect(tail(" \n\t text with  blanks \r\n\n").text == "text with  blanks")
    #expect(tail(" \n\r\t\u{a0}").text == "")
    #expect(tail("").text == "")
  }

  @Test func invalidUTF8IsRepaired() {
    var tail = OutputTail()
    [UInt8(ascii: "a"), 0xff, 0xc3, UInt8(ascii: "b")].withUnsafeBytes { tail.append($0) }
    #expect(tail.text == "a\u{fffd}\u{fffd}b")
  }

  @Test(arguments: [0, 1, 2, 3, 5, 6, 7, 20]) func appendingATailIsAppendingItsStream(length: Int) {
    let added = String("abcdefghijklmnopqrstuvwxyz".prefix(length))
    for before in ["", "1", "123", "1234567", "123456789"] {
      var left = tail(before, limit: 3)
      left.append(tail(added, limit: 3))
      let right = tail(before + added, limit: 3)
      #expect(left.text == right.text)
      #expect(left.count == right.count)
    }
  }
}
