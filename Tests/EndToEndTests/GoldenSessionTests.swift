import Foundation
import Testing

/// Every sub-command in every format: sessions with all that they print, to the letter.
///
/// A file in `Golden` is a session with a manager of its own. A line that begins with `$ ` is a
/// command, given to bash in an empty directory; under it stands what it writes: its standard output
/// as it is, each line of its standard error after `2> `, its exit code after `? ` unless that is 0.
/// Lines before the first command are comments. What differs from run to run is replaced, in what is
/// there and in what is expected, by the rules of `golden(_:_:)`.
///
/// With WR_UPDATE_GOLDEN=1 the files are written anew, for a person to compare.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GoldenSessionTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  private static let sessions =
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()

  @Test func thereAreSessions() { #expect(Self.sessions.count > 5) }

  @Test(arguments: sessions)
  func everyOutputIsAsItWas(session: String) throws {
    let file = Self.directory.appendingPathComponent(session)
    let expected = try String(contentsOf: file, encoding: .utf8)
    try withManager(options: ["--max_cores", "2", "--max_ram", "4096"]) { manager in
      let shown = try Self.transcript(of: expected, manager)
      if ProcessInfo.processInfo.environment["WR_UPDATE_GOLDEN"] != nil {
        try shown.write(to: file, atomically: true, encoding: .utf8)
        return
      }
      for (number, lines) in zip(Self.lines(expected), Self.lines(shown)).enumerated() {
        try #require(lines.0 == lines.1, "\(session), line \(number + 1)")
      }
      #expect(shown == expected)
    }
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// Runs the commands of a session.
  private static func transcript(of session: String, _ manager: TestManager) throws -> String {
    let bin = TestManager.wr.deletingLastPathComponent().path
    var transcript = lines(session).prefix { !$0.hasPrefix("$ ") }.map { "\($0)\n" }.joined()
    for line in lines(session) where line.hasPrefix("$ ") {
      transcript += "\(line)\n"
      let outcome = try manager.run(
        URL(fileURLWithPath: "/bin/bash"), ["-c", "PATH=\(bin):$PATH\n\(line.dropFirst(2))"])
      transcript += shown(golden(outcome.output, manager), prefix: "")
      transcript += shown(golden(outcome.errors, manager), prefix: "2> ")
      if outcome.status != 0 { transcript += "? \(outcome.status)\n" }
    }
    return transcript
  }

  private static func shown(_ text: String, prefix: String) -> String {
    if text.isEmpty { return "" }
    let isWhole = text.hasSuffix("\n")
    let lines = lines(isWhole ? String(text.dropLast()) : text)
    return lines.map { "\(prefix)\($0)\n" }.joined() + (isWhole ? "" : "\\ no newline\n")
  }
}
