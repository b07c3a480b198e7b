import Testing

@testable import Manager

@Suite struct ConfigurationFileTests {
  @Test(arguments: [
    ("managerport: 5021", ["managerport": "5021"]),
    ("managerport:\t5021  ", ["managerport": "5021"]),
    ("ManagerPort : 5021\r\n", ["managerport": "5021"]),
    ("\u{FEFF}a: 1\n\n# b: 2\n---\n  # c\nd: 3 # four\n", ["a": "1", "d": "3"]),
    ("a: b#c", ["a": "b#c"]),
    ("a: http://x:80/y z", ["a": "http://x:80/y z"]),
    ("a: \"b # \\\"c\\\" \\\\ \\n\" # d", ["a": "b # \"c\" \\ \n"]),
    ("a: 'it''s: # so'", ["a": "it's: # so"]),
    ("a: \"\"\nb: ''", ["a": "", "b": ""]),
    ("a:\nb: ~\nc: null\nd: # e", [:]),
    ("managerumask: 077", ["managerumask": "077"]),
    ("", [:]),
  ])
  func whatIsFlatIsRead(text: String, values: [String: String]) throws {
    let file = try ConfigurationFile(parsing: Array(text.utf8), path: "/f")
    #expect(file.values == values)
  }

  @Test(arguments: [
    ("a:\n  b: 1", 2, "nested"),
    ("a: 1\n\tb: 1", 2, "nested"),
    ("a:\n- b", 2, "list"),
    ("a: [1]", 1, "nested"),
    ("a: {b: 1}", 1, "nested"),
    ("\na: |\n  b", 2, "over lines"),
    ("a: &x 1", 1, "quotes"),
    ("a: b: c", 1, "quotes"),
    ("a: b:", 1, "quotes"),
    ("a: \"b", 1, "does not end"),
    ("a: 'b", 1, "does not end"),
    ("a: \"b\" c", 1, "after the quotes"),
    ("a: \"b\"# c", 1, "after the quotes"),
    ("a: \"\\q\"", 1, "double quotes"),
    ("just text", 1, "no key"),
    ("a:1", 1, "a space"),
    (": 1", 1, "no key"),
    ("a: 1\nA: 2", 2, "line 1"),
  ])
  func whatIsNotFlatIsRefusedWithFileAndLine(text: String, line: Int, word: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationFile(parsing: Array(text.utf8), path: "/etc/f.yml")
    }
    #expect(error?.description.contains("/etc/f.yml, line \(line): ") == true)
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  @Test func whatIsNotUTF8IsRefused() {
    #expect(throws: ConfigurationError.self) {
      try ConfigurationFile(parsing: [0x61, 0x3a, 0x20, 0xff], path: "/f")
    }
  }

  @Test func noBytesAtAllMakeTheReaderFail() {
    var random = SystemRandomNumberGenerator()
    let pieces = ["a", ":", " ", "\n", "\"", "'", "\\", "#", "-", "{", "~", "é", "\r", "\t"]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        pieces.randomElement(using: &random)!
      }.joined()
      do throws(ConfigurationError) {
        _ = try ConfigurationFile(parsing: Array(text.utf8), path: "/f")
      } catch {
        #expect(error.description.hasPrefix("/f, line "), "\(text.debugDescription)")
      }
    }
  }
}
