import Support
import Testing

@testable import Jobs

@Suite struct PassingOutputTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func whatIsAppendedIsTakenOnceInOrder() {
    var passing = PassingOutput()
    passing.append("one ".utf8)
    passing.append("two".utf8)
    #expect(text(passing.take()) == "one two")
    #expect(passing.take() == [])
  }

  @Test func theOldestGivesWayWithANoteInItsPlace() {
    var passing = PassingOutput(limit: 4)
    passing.append("abc".utf8)
    passing.append("def".utf8)
    #expect(text(passing.take()) == "\n... 2 bytes came too fast and are left out ...\ncdef")
    passing.append("0123456789".utf8)
    #expect(text(passing.take()) == "\n... 6 bytes came too fast and are left out ...\n6789")
    passing.append("fits".utf8)
    #expect(text(passing.take()) == "fits", "a note is given once")
  }

  @Test func neverMoreThanTheLimitWaits() {
    var random = SeededGenerator()
    var passing = PassingOutput(limit: 50)
    var all: [UInt8] = []
    for _ in 0..<500 {
      let piece = (0..<Int.random(in: 0...120, using: &random)).map { _ in
        UInt8.random(in: 97...122, using: &random)
      }
      all += piece
      passing.append(piece)
    }
    let taken = passing.take()
    #expect(taken.suffix(50) == all.suffix(50), "seed \(random.seed)")
    #expect(taken.count < 150, "the rest is the note; seed \(random.seed)")
  }

  @Test func charactersAreNotTornApart() {
    let whole = "aé€😀é"
    var passing = PassingOutput()
    var text = ""
    for byte in whole.utf8 {
      passing.append([byte])
      let piece = passing.takeText(isLast: false)
      #expect(!piece.contains("\u{FFFD}"))
      text += piece
    }
    #expect(text + passing.takeText(isLast: true) == whole)
  }

  @Test func whatIsNoCharacterIsRepairedAndHoldsNothingUp() {
    var passing = PassingOutput()
    passing.append([0x61, 0xFF, 0x80, 0x80, 0x80])
    #expect(passing.takeText(isLast: false).hasPrefix("a\u{FFFD}"))
    passing.append([0xE2, 0x82])
    #expect(passing.takeText(isLast: false) == "")
    #expect(passing.takeText(isLast: true) == "\u{FFFD}")
  }
}
