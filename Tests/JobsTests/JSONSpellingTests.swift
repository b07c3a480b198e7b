import Testing

@testable import Jobs

@Suite struct JSONSpellingTests {
  /// How `{"n":1, "text": "…" ,"m":[2]}` is spelled.
  private func spelling() throws -> JSONSpelling {
    var reader = JSONReader(Array(#"{"n":1, "text": "abc" ,"m":[2]}"#.utf8))
    try reader.skip()
    return reader.spelling(from: 0, but: 16..<21)
  }

  private func read(_ text: String) throws -> (found: String?, rest: Int) {
    var reader = JSONReader(Array(text.utf8))
    let found = try reader.string(inObjectSpelled: spelling())
    return (found, text.utf8.count - reader.offset)
  }

  @Test(arguments: ["x", "one that is longer than eight", "{}[],:"])
  func whatIsSpelledAlikeIsRead(text: String) throws {
    let (found, rest) = try read(#"  {"n":1, "text": "\#(text)" ,"m":[2]},{}"#)
    #expect(found == text)
    #expect(rest == 3)
  }

  @Test(arguments: [
    "", "{", #"{"n":1, "text": "" ,"m":[2]}"#, #"{"n":2, "text": "abc" ,"m":[2]}"#,
    #"{"n":1, "text": "abc","m":[2]}"#,
    #"{"n":1, "text": "abc" ,"m":[3]}"#, #"{"n":1, "text": "a\u0062c" ,"m":[2]}"#,
    #"{"n":1, "text": "é" ,"m":[2]}"#, #"{"n":1, "text": null ,"m":[2]}"#,
    #"{"n":1, "text": "abc"#, #"{"n":1, "text": "abc" ,"m":[2]"#, #"{"n":1, "text": "#,
    #"[1, 2, 3]"#, "{\"n\":1, \"text\": \"a\nb\" ,\"m\":[2]}",
  ])
  func whatIsNotIsLeftToBeRead(text: String) throws {
    let (found, rest) = try read(text)
    #expect(found == nil)
    #expect(rest == text.utf8.count)
  }

  @Test func readingGoesOnBehindTheObject() throws {
    var reader = JSONReader(
      Array(#"[{"n":1, "text": "abc" ,"m":[2]},{"n":1, "text": "d" ,"m":[2]}, 7]"#.utf8))
    let spelling = try spelling()
    try reader.beginArray()
    var texts: [String?] = []
    for _ in 0..<3 {
      #expect(try reader.nextElement())
      texts.append(reader.string(inObjectSpelled: spelling))
    }
    #expect(texts == ["abc", "d", nil])
    #expect(try reader.int() == 7)
    #expect(try !reader.nextElement())
    try reader.finish()
  }
}
