import Jobs
import Support
import Testing

@testable import Web

@Suite struct JobLinesTests {
  /// The commands of a text that comes in pieces of so many bytes.
  private func commands(_ text: String, pieces size: Int) throws -> [String] {
    var lines = try JobLines([])
    let bytes = Array(text.utf8)
    var commands: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      let piece = try take(Array(bytes[start..<min(start + size, bytes.count)]), &lines)
      commands += piece.specs.map(\.cmd)
      #expect(piece.keys == piece.specs.map { JobKey(of: $0) })
      #expect(piece.rerun.count == piece.specs.count)
    }
    return try commands + take([], &lines, isEnd: true).specs.map(\.cmd)
  }

  private func take(
    _ text: [UInt8], _ lines: inout JobLines, isEnd: Bool = false
  ) throws -> JobLines.Piece {
    try lines.take(text, isEnd: isEnd) { path throws(JobDocumentError) in
      throw JobDocumentError(message: "no \(path)")
    }
  }

  private func refusal(of text: String, _ parameters: [(name: String, value: String)] = [])
    -> String
  {
    let error = #expect(throws: JobDocumentError.self) {
      var lines = try JobLines(parameters)
      _ = try take(Array(text.utf8), &lines, isEnd: true)
    }
    return error?.message ?? ""
  }

  @Test func jobsComeOutHoweverTheTextIsCut() throws {
    let text = "{\"cmd\":\"a\"}\n\n  \r\n{\"cmd\":\"é\\n\"}\r\n\t{\"cmd\":\"c\"} \n{\"cmd\":\"d\"}"
    for size in 1...text.utf8.count {
      #expect(try commands(text, pieces: size) == ["a", "é\n", "c", "d"], "pieces of \(size)")
    }
  }

  @Test func whatTheURLSaysHoldsForLinesThatSayNothing() throws {
    var lines = try JobLines([
      ("rep_grp", "g"), ("limit_grps", "l:3"), ("rerun", "true"), ("cpus", "2"),
    ])
    let piece = try take(
      Array("{\"cmd\":\"a\"}\n{\"cmd\":\"b\",\"cpus\":1,\"limit_grps\":[\"m:1\"]}\n".utf8), &lines)
    #expect(piece.specs.map(\.repGroup) == ["g", "g"])
    #expect(piece.specs.map(\.requirements.cores) == [2, 1])
    #expect(piece.rerun == [true, true])
    #expect(lines.limits.map(\.group) == ["l", "m"])
    #expect(lines.limits.map(\.limit) == [3, 1])
  }

  @Test func theFirstLineThatMakesNoSenseIsNamed() {
    let prefix = "there was a problem interpreting your job: "
    #expect(
      refusal(of: "{\"cmd\":\"a\"}\n\n{\"cmd\":\"\"}\n[")
        == "line 3: \(prefix)cmd was not specified")
    #expect(refusal(of: "{\"cmd\":\"a\"}\n[1]\n").hasPrefix("line 2: \(prefix)"))
    #expect(refusal(of: "{\"cmd\":5}").hasPrefix("line 1: \(prefix)cmd: "))
    #expect(
      refusal(of: "{\"cmd\":\"a\"} {\"cmd\":\"b\"}\n")
        == "line 1: \(prefix)something follows its object")
    #expect(refusal(of: "{\"cmd\":\n\"a\"}\n").hasPrefix("line 1: \(prefix)"))
    #expect(refusal(of: "", [("cpus", "many")]).hasPrefix("the URL parameter cpus=many"))
  }

  @Test func aLineThatDoesNotEndIsRefused() throws {
    var lines = try JobLines([])
    _ = try take(Array("{\"cmd\":\"a\"}\n".utf8), &lines)
    let piece = [UInt8](repeating: 0x20, count: 4 << 20)
    for _ in 0..<4 { _ = try take(piece, &lines) }
    let error = #expect(throws: JobDocumentError.self) { _ = try take(piece, &lines) }
    #expect(error?.message == "line 2: it is longer than 16777216 bytes")
  }
}
