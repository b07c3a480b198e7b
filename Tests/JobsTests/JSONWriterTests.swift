import Support
import Testing

@testable import Jobs

@Suite struct JSONWriterTests {
  @Test func commasComeBetweenMembersAndElements() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("a", 1)
    writer.name("b")
    writer.beginArray()
    writer.beginObject()
    writer.endObject()
    writer.beginArray()
    writer.endArray()
    writer.null()
    writer.bool(true)
    writer.bool(false)
    writer.string("x")
    writer.endArray()
    writer.name(escaping: "c\"\n")
    writer.raw("[1, 2]")
    writer.name("d")
    writer.raw(Array("{}".utf8))
    writer.endObject()
    #expect(
      text(writer.takeBytes()) == #"{"a":1,"b":[{},[],null,true,false,"x"],"c\"\n":[1, 2],"d":{}}"#)
  }

  @Test func aDocumentCanBeTakenInPieces() {
    var writer = JSONWriter()
    var pieces: [String] = []
    writer.beginArray()
    for number in 0..<3 {
      writer.int(number)
      pieces.append(text(writer.takeBytes()))
    }
    writer.endArray()
    writer.newline()
    pieces.append(text(writer.takeBytes()))
    #expect(pieces == ["[0", ",1", ",2", "]\n"])
    #expect(writer.takeBytes().isEmpty)
  }

  @Test func aNewlineBeginsANewDocument() {
    var writer = JSONWriter()
    writer.int(1)
    writer.newline()
    writer.int(2)
    #expect(text(writer.takeBytes()) == "1\n2")
  }

  @Test(arguments: [
    ("", #""""#), ("plain /&<>é🙂\u{7f}\u{2028}", "\"plain /&<>é🙂\u{7f}\u{2028}\""),
    ("\"\\\u{8}\t\n\u{c}\r", #""\"\\\b\t\n\f\r""#), ("\0\u{1}\u{1f}", #""\u0000\u0001\u001f""#),
  ])
  func onlyWhatMustBeEscapedIs(value: String, expected: String) {
    var writer = JSONWriter()
    writer.string(value)
    #expect(text(writer.takeBytes()) == expected)
  }

  @Test func escapesAreFoundAtEveryPlaceOfAString() {
    // Eight bytes are looked at together: the escape goes through all places around that.
    for length in 0..<40 {
      for place in 0...length {
        for (special, escaped) in [("\"", "\\\""), ("\\", "\\\\"), ("\u{1f}", "\\u001f")] {
          let (head, tail) = (
            String(repeating: "é", count: place), String(repeating: " ", count: length - place)
          )
          var writer = JSONWriter(capacity: 1)
          writer.string(head + special + tail)
          #expect(text(writer.takeBytes()) == "\"" + head + escaped + tail + "\"")
        }
      }
    }
  }

  @Test func stringsOfNothingButEscapesGrowTheBuffer() {
    for length in [1, 5, 31, 255, 256, 1000, 100_000] {
      var writer = JSONWriter(capacity: 1)
      writer.string(String(repeating: "\u{1}", count: length))
      #expect(writer.count == 2 + 6 * length)
      writer.string(String(repeating: "<", count: length), escapingHTML: true)
      #expect(writer.count == 5 + 12 * length)
      let expected =
        "\"" + String(repeating: "\\u0001", count: length) + "\",\""
        + String(repeating: "\\u003c", count: length) + "\""
      #expect(text(writer.takeBytes()) == expected)
    }
  }

  @Test func integersOfAllWidthsAreWritten() {
    var writer = JSONWriter(capacity: 1)
    writer.beginArray()
    writer.int(Int.min)
    writer.int(Int.max)
    writer.int(UInt64.max)
    writer.int(Int8.min)
    writer.int(0)
    for power in 0..<19 { writer.int((0..<power).reduce(1) { product, _ in product * 10 }) }
    writer.endArray()
    let powers = (0..<19).map { "1" + String(repeating: "0", count: $0) }.joined(separator: ",")
    #expect(
      text(writer.takeBytes())
        == "[-9223372036854775808,9223372036854775807,18446744073709551615,-128,0,\(powers)]")
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-1.0, "-1"), (0.5, "0.5"), (5.002266249, "5.002266249"),
    (1e15, "1000000000000000"), (9_007_199_254_740_992, "9007199254740992"),
    (1e16, "10000000000000000"),
    (1.5e17, "150000000000000000"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
    (1.5e300, "1.5e+300"), (1e300, "1e+300"), (0.0001, "0.0001"), (0.00001, "0.00001"),
    (0.0000015, "0.0000015"), (-0.000001, "-0.000001"), (1e-7, "1e-07"), (-1.25e-9, "-1.25e-09"),
    (.infinity, "null"), (-.infinity, "null"), (.nan, "null"), (123.456, "123.456"),
  ])
  func numbersAreWrittenShort(value: Double, expected: String) {
    var writer = JSONWriter()
    writer.double(value)
    #expect(text(writer.takeBytes()) == expected)
  }

  @Test func everyNumberReadsBackAsItself() throws {
    var random = SeededGenerator()
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      var writer = JSONWriter()
      writer.double(value)
      var reader = JSONReader(writer.takeBytes())
      #expect(try reader.double() == value, "seed \(random.seed)")
      try reader.finish()
    }
    for exponent in -12...24 {
      for digits in [1, 15, 1_234_567, 99_999_999] {
        let value = Double("\(digits)e\(exponent)")!
        var writer = JSONWriter()
        writer.double(value)
        var reader = JSONReader(writer.takeBytes())
        #expect(try reader.double() == value)
      }
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
