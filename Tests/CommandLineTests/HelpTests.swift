import Support
import Testing

@testable import wr

@Suite struct HelpTests {
  @Test func everyShownCommandAndOptionIsInTheManualPage() {
    let page = ManualPage.text(Command.all, version: "v1")
    for command in Command.all where !command.isInternal {
      #expect(page.contains(".SS \"\(ManualPage.escaped(command.call))\""))
      for option in command.options { #expect(page.contains(ManualPage.escaped(option.name))) }
    }
    for line in page.split(separator: "\n") where line.hasPrefix(".") {
      let request = line.prefix { $0 != " " }
      #expect(
        [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".nf", ".fi"].contains(request), "\(line)")
    }
  }

  @Test func textsOfTheManualPageMeanThemselves() {
    #expect(ManualPage.escaped(".x -y \\z") == "\\&.x \\-y \\ez")
  }

  @Test func everyCommandExplainsItself() {
    for command in Command.all {
      #expect(!command.summary.isEmpty)
      #expect(command.help.hasPrefix("wr \(command.words.joined(separator: " ")) [OPTIONS]"))
      for option in command.options {
        #expect(!option.help.isEmpty)
        #expect(command.help.contains(option.name))
      }
      for line in command.manual.split(separator: "\n") { #expect(line.count <= 100) }
    }
  }

  /// What bash offers after some words.
  private func completions(_ words: String) throws -> [String] {
    let script = Completion.bash.script(Command.all)
    let count = words.split(separator: " ", omittingEmptySubsequences: false).count
    let run = try Tool(
      "bash", "-c",
      script + "COMP_WORDS=(\(words)); [ \(count) -gt ${#COMP_WORDS[@]} ] && COMP_WORDS+=('');"
        + "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _wr; printf '%s\\n' \"${COMPREPLY[@]}\"")
    #expect(run.status == 0, "\(run.output)")
    return run.output.split(separator: "\n").map(String.init)
  }

  @Test func bashCompletesCommandsAndOptions() throws {
    #expect(try completions("wr sta") == ["status"])
    #expect(try completions("wr manager st") == ["start", "stop", "status"])
    #expect(try completions("wr add --rer") == ["--rerun"])
    #expect(try completions("wr manager start --max_c") == ["--max_cores"])
    #expect(try completions("wr ").contains("manager"))
    #expect(try completions("wr runner --st") == [], "internal ones are not shown")
  }

  @Test(arguments: Completion.allCases)
  func everyShellGetsAllThatIsShown(shell: Completion) {
    let script = shell.script(Command.all)
    for command in Command.all where !command.isInternal {
      for option in command.options { #expect(script.contains(option.name)) }
    }
  }

  @Test func commandsThatAreNotKnownAreNamedWithTheNearest() {
    let error = #expect(throws: UsageError.self) { try Command.find(["statsu"]) }
    #expect(error?.message == "unknown command statsu; did you mean status?")
    let group = #expect(throws: UsageError.self) { try Command.find(["manager"]) }
    #expect(group?.message.hasPrefix("wr manager needs one of start, stop") == true)
  }

  @Test func settingsStandInATable() {
    #expect(
      Command.table([("a", "bbb", "c"), ("dd", "e", "")]) == """
        +----+-----+---+
        | a  | bbb | c |
        +----+-----+---+
        | dd | e   |   |
        +----+-----+---+

        """)
  }
}
