import Jobs
import Platform
import Support
import Testing

@testable import wr

@Suite struct CommandFileTests {
  private func read(
    _ text: String, limit: Int? = nil, entries: Set<String> = []
  ) throws -> CommandFile {
    let directory = TemporaryDirectory()
    let path = directory.file("commands")
    try writeFileAtomically(path, Array(text.utf8), mode: 0o600)
    return try CommandFile(.file(path), limit: limit, entries: entries)
  }

  private func body(_ text: String) throws -> String {
    String(decoding: try read(text).body, as: UTF8.self)
  }

  @Test func aLineIsACommand() throws {
    #expect(try body("echo \"a\"\n") == #"[{"cmd":"echo \"a\""}]"#)
    #expect(try body("no newline at the end") == #"[{"cmd":"no newline at the end"}]"#)
    #expect(try body("a\r\nb\n") == "[{\"cmd\":\"a\"},\n{\"cmd\":\"b\"}]")
  }

  @Test func aSecondColumnHoldsProperties() throws {
    #expect(try body("a\t{\"cpus\":2}\n") == #"[{"cpus":2,"cmd":"a"}]"#)
    #expect(try body("a\t{ }\n") == #"[{"cmd":"a"}]"#)
    // The first column wins: of two members of a name the last counts.
    #expect(try body("a\t{\"cmd\":\"b\"}\n") == #"[{"cmd":"b","cmd":"a"}]"#)
  }

  @Test func anObjectAloneHoldsTheCommandToo() throws {
    #expect(try body("{\"cmd\":\"a\"}\n") == #"[{"cmd":"a"}]"#)
  }

  @Test func linesWithoutACommandAreSkippedAndCounted() throws {
    let file = try read("\n  \n\t{\"cpus\":1}\na\n\nb\n")
    #expect(file.lines == [4, 6])
    #expect(file.located("no good (at index 1)") == "no good (in line 6)")
    #expect(file.located("no good (at index 2)") == "no good (at index 2)")
    #expect(file.located("no good") == "no good")
  }

  @Test func noMoreIsReadThanWanted() throws {
    #expect(try read("a\nb\nc\n", limit: 2).count == 2)
    #expect(try read("", limit: 2).isEmpty)
  }

  @Test(arguments: [
    ("a\tb\tc\n", "line 1 has 3 columns"), ("x\na\t[1]\n", "line 2 has no proper JSON object"),
    ("{\"cmd\":\n", "line 1 has no proper JSON object"),
    ("a\t{\"cpus\":1}x\n", "line 1 has no proper JSON object"),
  ])
  func whatMakesNoSenseIsRefusedWithItsLine(text: String, words: String) throws {
    let error = #expect(throws: UsageError.self) { _ = try read(text) }
    #expect(error?.message.hasPrefix(words) == true, "\(error?.message ?? "")")
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    var file = try read("")
    let error = #expect(throws: UsageError.self) {
      try file.take(line: [0x61, 0xff][...], number: 7)
    }
    #expect(error?.message == "line 7 is not UTF-8")
  }

  @Test func unknownPropertiesAreNotedOnceAndCaseDoesNotMatter() throws {
    let file = try read("a\t{\"memroy\":1}\nb\t{\"memroy\":1,\"MEMORY\":\"1G\"}\n")
    #expect(file.unknown.map(\.name) == ["memroy"])
    #expect(file.unknown.map(\.line) == [1])
  }

  @Test func jobsWithoutAGroupOfTheirOwnAreNoticed() throws {
    #expect(try read("a\t{\"rep_grp\":\"x\"}\n").usesDefaultGroup == false)
    #expect(try read("a\t{\"rep_grp\":\"x\"}\nb\n").usesDefaultGroup)
    #expect(try read("a\t{\"rep_grp\":\"\"}\n").usesDefaultGroup)
  }

  @Test(arguments: [
    ("cat data.txt", "data.txt"), ("./run.sh x", "./run.sh"), ("ls sub/x", "sub/x"),
    ("cat /data.txt", nil), ("cat other.txt", nil), ("-data.txt", nil),
    ("{\"cmd\":\"cat data.txt\",\"cwd_matters\":true}", nil),
  ])
  func relativePathsAreSeen(line: String, path: String?) throws {
    let file = try read(line + "\n", entries: ["data.txt", "run.sh", "sub"])
    #expect(file.relative?.path == path)
  }

  /// Lines of all lengths, whole and cut anywhere, come out as they went in.
  @Test func manyLinesSurviveTheirReadingInPieces() throws {
    var random = SeededGenerator()
    var text = ""
    var wanted: [String] = []
    while text.utf8.count < 3 << 20 {
      let command = String(repeating: "x", count: Int.random(in: 1...100_000, using: &random))
      wanted.append(command)
      text += command + "\n"
    }
    let file = try read(text)
    var reader = JSONReader(file.body)
    let commands = try reader.array { reader throws(JSONError) in
      var command = ""
      try reader.beginObject()
      while try reader.nextName() != nil { command = try reader.string() }
      return command
    }
    #expect(commands == wanted, "seed \(random.seed)")
  }

  @Test func longLinesAreRefused() throws {
    let error = #expect(throws: UsageError.self) {
      _ = try read("a\n" + String(repeating: "x", count: 6 << 20))
    }
    #expect(error?.message == "line 2 is longer than 4 MiB")
  }
}
