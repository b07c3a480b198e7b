import Testing

@testable import Jobs

@Suite struct JSONReaderTests {
  // MARK: Strings

  @Test(arguments: [
    (#""""#, ""), (#""plain é🙂 /""#, "plain é🙂 /"),
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#""\u0041\u00e9\u20AC\u0000x""#, "Aé€\0x"), (#""\ud83d\ude42""#, "🙂"),
    (#""\uD83D\uDE42!""#, "🙂!"), (#""\ud83d""#, "\u{fffd}"), (#""\ude42""#, "\u{fffd}"),
    (#""\ud83dx\ude42""#, "\u{fffd}x\u{fffd}"), (#""\ud83d\ud83d\ude42""#, "\u{fffd}🙂"),
    (#""\ud83d\u0041""#, "\u{fffd}A"), (#""\ud83d\n""#, "\u{fffd}\n"), ("\"\u{7f}\"", "\u{7f}"),
    (#""\udbff\udfff""#, "\u{10ffff}"),
  ])
  func stringsAreUnescaped(text: String, expected: String) throws {
    var reader = JSONReader(Array(text.utf8))
    let value = try reader.string()
    #expect(Array(value.utf8) == Array(expected.utf8))
    try reader.finish()
  }

  @Test(arguments: [
    (#""abc"#, 4, "unexpected end"), (#""abc\"#, 5, "unexpected end"),
    (#""\u00"#, 5, "unexpected end"), (#""\u00g0""#, 1, "hexadecimal"), (#""\x""#, 1, "escape"),
    (#""\'""#, 1, "escape"), ("\"a\nb\"", 2, "control"), ("\"a\0\"", 2, "control"),
    ("'a'", 0, "is wanted, not \"'\""), ("", 0, "unexpected end"), ("  ", 2, "unexpected end"),
    ("12", 0, "a string is wanted, not a number"), ("null", 0, "a string is wanted, not null"),
    ("[]", 0, "a string is wanted, not an array"),
  ])
  func aFaultyStringIsRefusedWithItsPlace(text: String, offset: Int, words: String) {
    let error = #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(text.utf8))
      _ = try reader.string()
    }
    #expect(error?.offset == offset)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test(
    arguments: [
      [0xff], [0xc3], [0xc3, 0x28], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80], [0x80], [0xf8, 0x88, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func whatIsNotUTF8IsRefusedEverywhere(bytes: [UInt8]) {
    let string = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    let escaped = Array("\"\\n".utf8) + bytes + [UInt8(ascii: "\"")]
    let name = Array("{".utf8) + string + Array(":1}".utf8)
    for text in [string, escaped, name] {
      #expect(throws: JSONError.self) {
        var reader = JSONReader(text)
        try reader.skip()
      }
    }
    #expect(throws: JSONError.self) {
      var reader = JSONReader(name)
      try reader.beginObject()
      _ = try reader.nextMember(of: JSONNames<Letter>())
    }
  }

  // MARK: Numbers

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("1.0", 1), ("-3.000", -3), ("1e3", 1000),
    ("1E+2", 100), ("120e-1", 12), ("0.5e1", 5), ("9223372036854775807", .max),
    ("-9223372036854775808", .min), ("9007199254740992.0", 1 << 53), ("0e999999999999", 0),
  ])
  func wholeNumbersAreRead(text: String, value: Int) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.int() == value)
    try reader.finish()
  }

  @Test(arguments: [
    ("1.5", "fraction"), ("1e-1", "fraction"), ("9223372036854775808", "too large"),
    ("-9223372036854775809", "too large"), ("1e19", "too large"), ("1e400", "too large"),
    ("99999999999999999999999", "too large"), ("true", "a number is wanted"),
    ("-", "unexpected end"),
    ("-x", "digit"), ("01", "begins with 0"), ("-01", "begins with 0"), ("1.", "unexpected end"),
    ("1.x", "digit"), ("1e", "unexpected end"), ("1e+", "unexpected end"), ("1ex", "digit"),
    ("+1", "a value is wanted"), (".5", "a value is wanted"), ("\"1\"", "a number is wanted"),
  ])
  func aNumberThatIsNotWholeOrDoesNotFitIsRefused(text: String, words: String) {
    let error = #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(text.utf8))
      _ = try reader.int()
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func unsignedNumbersReachTheirLimitAndNoFurther() throws {
    var reader = JSONReader(Array("[18446744073709551615,0,-0,-1]".utf8))
    try reader.beginArray()
    for expected in [UInt64.max, 0, 0] {
      #expect(try reader.nextElement())
      #expect(try reader.unsigned() == expected)
    }
    #expect(try reader.nextElement())
    #expect(throws: JSONError.self) { try reader.unsigned() }
    #expect(throws: JSONError.self) {
      var reader = JSONReader(Array("18446744073709551616".utf8))
      _ = try reader.unsigned()
    }
  }

  @Test(arguments: [
    ("0.1", 0.1), ("-2.5e-3", -2.5e-3), ("1e22", 1e22), ("1e23", 1e23),
    ("123456789012345678901", 123456789012345678901.0),
    ("1.7976931348623157e308", .greatestFiniteMagnitude), ("5e-324", .leastNonzeroMagnitude),
    ("1e-400", 0),
    ("0.000000000000000000000000000001", 1e-30), ("9007199254740993", 9_007_199_254_740_992),
    ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown), ("0e400", 0), ("-0.0", 0),
  ])
  func numbersAreReadToTheNearest(text: String, value: Double) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.double() == value)
    try reader.finish()
  }

  @Test(arguments: ["1e309", "-1e309", "1e999999999999999999999", "NaN", "Infinity", "1.e1"])
  func whatIsNoFiniteNumberIsRefused(text: String) {
    #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(text.utf8))
      _ = try reader.double()
    }
  }

  // MARK: Structure

  private enum Letter: String, CaseIterable {
    case a, b
    case long = "a_rather_long_name"
  }

  @Test func knownMembersAreFoundAndAllOthersSkipped() throws {
    let text = """
       { "x" : {"a":[1,{"b":null}]} , "a":1,"\\u0062":2 ,"A":3,"":4,"c":"\\u00e9",
         "a_rather_long_name":5, "a":6 }\r\n\t
      """
    var reader = JSONReader(Array(text.utf8))
    var met: [(Letter, Int)] = []
    try reader.beginObject()
    while let letter = try reader.nextMember(of: JSONNames<Letter>()) {
      met.append((letter, try reader.int()))
    }
    try reader.finish()
    #expect(met.map(\.0) == [.a, .b, .long, .a])
    #expect(met.map(\.1) == [1, 2, 5, 6])
  }

  @Test func namesMatchWhateverTheirCaseIfAskedTo() throws {
    var reader = JSONReader(Array(#"{"A":1,"A_Rather_LONG_name":2,"B":3,"b@":4,"\#u{e1}":5}"#.utf8))
    var met: [Letter] = []
    try reader.beginObject()
    while let letter = try reader.nextMember(of: JSONNames<Letter>(ignoringCase: true)) {
      met.append(letter)
      try reader.skip()
    }
    #expect(met == [.a, .long, .b])
  }

  @Test func charactersThatDifferOnlyInTheCaseBitAreNotTheSame() throws {
    enum Odd: String, CaseIterable {
      case underscore = "a_b"
      case at = "a@b"
      case bracket = "a[b"
    }
    let names = JSONNames<Odd>(ignoringCase: true)
    // 0x7f is 0x5f | 0x20, 0x60 is 0x40 | 0x20, 0x7b is 0x5b | 0x20.
    var reader = JSONReader(Array("{\"a\u{7f}b\":1,\"a`b\":2,\"a{b\":3,\"A_B\":4}".utf8))
    try reader.beginObject()
    #expect(try reader.nextMember(of: names) == .underscore)
    #expect(try reader.int() == 4)
    #expect(try reader.nextMember(of: names) == nil)
  }

  @Test(arguments: [
    "{", "[", "{]", "[}", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
    "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{1:1}", "{,}", "[1}", "{\"a\":1]", "tru", "truE",
    "nul", "nulL", "falsE", "fals", "-", "\u{feff}1", "{\"a\":1:2}", "]", "}", ",", ":",
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(text.utf8))
      try reader.skip()
      try reader.finish()
    }
  }

  @Test(arguments: [
    "{}", "[]", " [ ] ", "{ \n}", "[[],{},[{}]]", "null", "true", "false", "\"x\"", "0",
    #"{"a":{"a":{"a":[true,false,null,-1.5e+3,"\u00e9"]}}}"#,
  ])
  func whatIsJSONIsSkippedWhole(text: String) throws {
    var reader = JSONReader(Array(text.utf8))
    try reader.skip()
    try reader.finish()
  }

  @Test(arguments: ["1 1", "{} x", "nullnull", "[]]", "1,"])
  func textBehindTheValueIsRefusedOnlyWhenTheEndIsWanted(text: String) throws {
    var reader = JSONReader(Array(text.utf8))
    try reader.skip()
    let isAtEnd = reader.isAtEnd()
    #expect(!isAtEnd)
    #expect(throws: JSONError.self) { try reader.finish() }
  }

  @Test func depthIsLimited() throws {
    let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    var reader = JSONReader(Array(deep(100).utf8))
    try reader.skip()
    try reader.finish()
    let error = #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(deep(101).utf8))
      try reader.skip()
    }
    #expect(error?.offset == 100)
    // Values beside each other do not count as depth.
    let wide = "[" + Array(repeating: "[{}]", count: 1000).joined(separator: ",") + "]"
    var other = JSONReader(Array(wide.utf8), maximumDepth: 3)
    try other.skip()
    try other.finish()
    #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(String(repeating: "{\"a\":", count: 1_000_000).utf8))
      try reader.skip()
    }
  }

  @Test func nullIsReadOnlyWhereItStands() throws {
    var reader = JSONReader(Array("[null,1]".utf8))
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try reader.null())
    #expect(try reader.nextElement())
    #expect(try !reader.null())
    #expect(try reader.int() == 1)
    #expect(try !reader.nextElement())
  }

  @Test func errorsSayWhatWasMetAndWhere() {
    #expect(
      JSONError(message: "a string is wanted, not a number", offset: 7).description
        == "a string is wanted, not a number at byte 7")
  }
}
