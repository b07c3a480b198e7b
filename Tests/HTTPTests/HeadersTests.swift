import Testing

@testable import HTTP

@Suite struct HeadersTests {
  @Test func namesAreComparedWithoutCase() {
    var headers = Headers()
    headers.add("X-One", "1")
    headers.add("x-one", "2")
    #expect(headers["X-ONE"] == "1")
    #expect(headers.values(of: "x-One") == ["1", "2"])
    #expect(headers["X-On"] == nil)
    // The bit that tells small letters from capitals tells other characters apart.
    headers.add("a^b", "caret")
    #expect(headers["a~b"] == nil)
  }

  @Test(arguments: [
    ("", "v"), ("a b", "v"), ("a:", "v"), ("a\r\nb", "v"), ("ä", "v"),
    ("a", "v\r\nX: y"), ("a", "v\n"), ("a", "v\r"), ("a", "\0"), ("a", "\u{7F}"),
  ])
  func whatWouldChangeTheShapeOfAMessageIsRefused(_ name: String, _ value: String) {
    var headers = Headers()
    let isTaken = headers.add(name, value)
    #expect(!isTaken)
    #expect(headers.fields.isEmpty)
    #expect(headers == Headers())
  }

  @Test func equalityIsOfNamesWithoutCaseAndValuesInOrder() {
    func make(_ fields: [(String, String)]) -> Headers {
      var headers = Headers()
      for (name, value) in fields { headers.add(name, value) }
      return headers
    }
    let one = make([("A", "1"), ("B", "\t2")])
    #expect(one == make([("a", "1"), ("b", "\t2")]))
    #expect(one.hashValue == make([("a", "1"), ("b", "\t2")]).hashValue)
    #expect(one != make([("B", "\t2"), ("A", "1")]))
    #expect(one != make([("A", "1")]))
    #expect(make([("A", "b")]) != make([("A", "B")]))
  }

  @Test func addingToParsedFieldsKeepsThem() throws {
    let request = try #require(
      requests(outcome(of: "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n")).first)
    var headers = request.headers
    let isTaken = headers.add("C", "d")
    #expect(isTaken)
    #expect(headers.fields.map { "\($0.name)=\($0.value)" } == ["Host=h", "A=b", "C=d"])
  }
}
