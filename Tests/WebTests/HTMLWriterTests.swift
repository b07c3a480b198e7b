import Testing

@testable import Web

struct HTMLWriterTests {
  private static func escaped(_ text: String) -> String {
    var html = HTMLWriter()
    html.text(text)
    return String(decoding: html.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("plain ünïcode 😀", "plain ünïcode 😀"),
    ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
    ("a & \"b\"", "a &amp; &quot;b&quot;"),
    ("&lt;", "&amp;lt;"),
    ("a\u{0}b\u{1b}c\u{7f}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
    ("a\tb\nc\rd", "a\tb\nc\rd"),
  ])
  func textIsEscaped(text: String, expected: String) {
    #expect(Self.escaped(text) == expected)
  }

  @Test func everyByteOfEveryTextIsHarmless() {
    let all = String(decoding: Array(0...255), as: UTF8.self)
    let escaped = Self.escaped(all)
    for character in "<>\"'" { #expect(!escaped.contains(character)) }
  }

  @Test func anElementIsClosedByItsNameWithoutAttributes() {
    var html = HTMLWriter()
    html.element("p class=\"x\"", "a<b")
    #expect(String(decoding: html.bytes, as: UTF8.self) == "<p class=\"x\">a&lt;b</p>")
  }
}
