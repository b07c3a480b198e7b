import Testing

@testable import HTTP

@Suite struct TargetTests {
  struct Row: Sendable {
    var raw: String
    var path: [String]
    var query: [[String]]
    init(_ raw: String, _ path: [String], _ query: [[String]] = []) {
      self.raw = raw
      self.path = path
      self.query = query
    }
  }

  @Test(arguments: [
    Row("/", []),
    Row("*", []),
    Row("/rest/v1/jobs/", ["rest", "v1", "jobs"]),
    Row("//rest///v1//jobs", ["rest", "v1", "jobs"]),
    Row("/a/./b/../c", ["a", ".", "b", "..", "c"]),
    Row("/a/%2E%2e", ["a", ".."]),
    Row("/a/%2e%2E/b", ["a", "..", "b"]),
    Row("/a/...", ["a", "..."]),
    Row("/a%2Fb/c", ["a/b", "c"]),
    Row("/a%2F..%2Fb", ["a/../b"]),
    Row("/a+b", ["a+b"]),
    Row("/a;b", ["a;b"]),
    Row("/a,b%2Cc", ["a,b,c"]),
    Row("/%2525", ["%25"]),
    Row("/Gr%C3%B6%c3%9fe/Größe", ["Größe", "Größe"]),
    Row("/a://b", ["a:", "b"]),
    Row("http://h:1/a/b?c=d", ["a", "b"], [["c", "d"]]),
    Row("HTTPS://h", []),
    Row("http://h?c=d/e", [], [["c", "d/e"]]),
    Row("http://h/?x", [], [["x", ""]]),
    Row("https://h/?a=/b", [], [["a", "/b"]]),
    Row("/?", []),
    Row("/?a", [], [["a", ""]]),
    Row("/?a=&=b&&c==d", [], [["a", ""], ["", "b"], ["c", "=d"]]),
    Row("/?a=b+c&d+e=%2B%20", [], [["a", "b c"], ["d e", "+ "]]),
    Row("/?a=1&a=2", [], [["a", "1"], ["a", "2"]]),
    Row("/?a=%26%3D%3B%25zz", [], [["a", "&=;%zz"]]),
    Row("/?a=http://h/?b", [], [["a", "http://h/?b"]]),
    Row("/?m=[{\"cleanup\":true}]", [], [["m", "[{\"cleanup\":true}]"]]),
  ])
  func aTargetIsTakenApart(_ row: Row) throws {
    let target = try Target(parsing: row.raw)
    #expect(target.path == row.path)
    #expect(target.query.map { [$0.name, $0.value] } == row.query)
  }

  @Test(arguments: [
    ("/?a=%zz", "form parsing error: invalid URL escape \"%zz\""),
    ("/?%zz=a", "form parsing error: invalid URL escape \"%zz\""),
    ("/?a=%zzzz", "form parsing error: invalid URL escape \"%zz\""),
    ("/?a=%", "form parsing error: invalid URL escape \"%\""),
    ("/?a=%4", "form parsing error: invalid URL escape \"%4\""),
    ("/?a=%4&b", "form parsing error: invalid URL escape \"%4\""),
    ("/?a=%\"\\", "form parsing error: invalid URL escape \"%\\\"\\\\\""),
    ("/?a=%é", "form parsing error: invalid URL escape \"%\\xC3\\xA9\""),
    ("/%g0", "form parsing error: invalid URL escape \"%g0\""),
    ("/%4/1", "form parsing error: invalid URL escape \"%4\""),
    ("/?a=b;c=d", "form parsing error: invalid semicolon separator in query"),
    ("/?a=%zz;c=d", "form parsing error: invalid semicolon separator in query"),
    ("/?a=%FF", "form parsing error: what a percent-escape stands for is not UTF-8"),
    ("/%C3", "form parsing error: what a percent-escape stands for is not UTF-8"),
    ("/%ED%A0%80", "form parsing error: what a percent-escape stands for is not UTF-8"),
    ("/%C0%AF", "form parsing error: what a percent-escape stands for is not UTF-8"),
  ])
  func aMalformedTargetIsRefused(_ raw: String, _ message: String) {
    #expect(throws: HTTPError.badRequest(message)) { try Target(parsing: raw) }
  }

  @Test func theFirstValueOfAParameterCounts() throws {
    let target = try Target(parsing: "/?b=0&a=1&a=2")
    #expect(target["a"] == "1")
    #expect(target["c"] == nil)
  }

  @Test func targetsAreEqualByPathAndQuery() throws {
    let target = try Target(parsing: "/a//b?c=%41")
    #expect(target == Target(path: ["a", "b"], query: [("c", "A")]))
    #expect(target.hashValue == Target(path: ["a", "b"], query: [("c", "A")]).hashValue)
    #expect(target != Target(path: ["a", "b"], query: [("c", "B")]))
    #expect(target != Target(path: ["a", "b"]))
  }
}
