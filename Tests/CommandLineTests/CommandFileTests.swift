import Platform
import Support
import Testing

@testable import wr

@Suite struct CommandFileTests {
  /// The lines of a POST that a file of this text makes, and what is known of them then.
  private func read(
    _ text: String, limit: Int? = nil, entries: Set<String> = []
  ) throws -> (posted: String, lines: CommandLines) {
    let directory = TemporaryDirectory()
    let path = directory.file("commands")
    try writeFileAtomically(path, Array(text.utf8), mode: 0o600)
    var file = try CommandFile(.file(path), limit: limit, entries: entries)
    var posted: [UInt8] = []
    while let piece = try file.next() { posted += piece }
    return (String(decoding: posted, as: UTF8.self), file.lines)
  }

  @Test func aLineIsACommand() throws {
    #expect(try read("echo \"a\"\n").posted == "{\"cmd\":\"echo \\\"a\\\"\"}\n")
    #expect(try read("no newline at the end").posted == "{\"cmd\":\"no newline at the end\"}\n")
    #expect(try read("a\r\nb\n").posted == "{\"cmd\":\"a\"}\n{\"cmd\":\"b\"}\n")
  }

  @Test func aSecondColumnHoldsProperties() throws {
    #expect(try read("a\t{\"cpus\":2}\n").posted == "{\"cpus\":2,\"cmd\":\"a\"}\n")
    #expect(try read("a\t{ }\n").posted == "{\"cmd\":\"a\"}\n")
    // The first column wins: of two members of a name the last counts.
    #expect(
      try read("a\t{\"cmd\":\"b\"}\n").posted == "{\"cmd\":\"b\",\"cmd\":\"a\"}\n")
  }

  @Test func anObjectAloneHoldsTheCommandToo() throws {
    #expect(try read("{\"cmd\":\"a\"}\n").posted == "{\"cmd\":\"a\"}\n")
  }

  @Test func aCommandMayHoldAnything() throws {
    var file = try CommandFile(.command("{a}\tb\nc"))
    let piece = try #require(try file.next())
    #expect(String(decoding: piece, as: UTF8.self) == "{\"cmd\":\"{a}\\tb\\nc\"}\n")
    #expect(try file.next() == nil)
  }

  /// So that the manager numbers the lines as the file does.
  @Test func linesWithoutACommandAreSentEmpty() throws {
    let (posted, lines) = try read("\n  \n\t{\"cpus\":1}\na\n\nb\n")
    #expect(posted == "\n\n\n{\"cmd\":\"a\"}\n\n{\"cmd\":\"b\"}\n")
    #expect(lines.count == 2)
    #expect(lines.lineCount == 6)
  }

  @Test func noMoreIsReadThanWanted() throws {
    #expect(try read("a\nb\nc\n", limit: 2).posted == "{\"cmd\":\"a\"}\n{\"cmd\":\"b\"}\n")
    #expect(try read("a\nb\n", limit: 0).posted == "")
    #expect(try read("", limit: 2).posted == "")
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
    var lines = CommandLines()
    _ = try lines.take([0x61])
    let error = #expect(throws: UsageError.self) { try lines.take([0x61, 0xff]) }
    #expect(error?.message == "line 2 is not UTF-8")
  }

  @Test func unknownPropertiesAreNotedOnceAndCaseDoesNotMatter() throws {
    var lines = try read("a\t{\"memroy\":1}\nb\t{\"memroy\":1,\"MEMORY\":\"1G\"}\n").lines
    #expect(lines.takeOddities() == [.unknownProperty("memroy", line: 1)])
    #expect(lines.takeOddities() == [], "told once")
  }

  @Test func jobsWithoutAGroupOfTheirOwnAreNoticed() throws {
    #expect(try read("a\t{\"rep_grp\":\"x\"}\n").lines.usesDefaultGroup == false)
    #expect(try read("a\t{\"rep_grp\":\"x\"}\nb\n").lines.usesDefaultGroup)
    #expect(try read("a\t{\"rep_grp\":\"\"}\n").lines.usesDefaultGroup)
  }

  @Test(arguments: [
    ("cat data.txt", "data.txt"), ("./run.sh x", "./run.sh"), ("ls sub/x", "sub/x"),
    ("cat /data.txt", nil), ("cat other.txt", nil), ("-data.txt", nil),
    ("{\"cmd\":\"cat data.txt\",\"cwd_matters\":true}", nil),
  ])
  func relativePathsAreSeen(line: String, path: String?) throws {
    var lines = try read("x\n\(line)\n\(line)\n", entries: ["data.txt", "run.sh", "sub"]).lines
    #expect(lines.takeOddities() == (path.map { [.relativePath($0, line: 2)] } ?? []))
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
    let posted = try read(text).posted
    #expect(posted == wanted.map { "{\"cmd\":\"\($0)\"}\n" }.joined(), "seed \(random.seed)")
  }

  @Test func longLinesAreRefused() throws {
    let error = #expect(throws: UsageError.self) {
      _ = try read("a\n" + String(repeating: "x", count: 6 << 20))
    }
    #expect(error?.message == "line 2 is longer than 4 MiB")
  }
}
