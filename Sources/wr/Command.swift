/// A sub-command: how it is called, what it takes, what it does.
struct Command: Sendable {
  /// The words that call it: ["manager", "start"].
  var words: [String]
  /// One line for the list of commands.
  var summary: String
  var options: [Option] = []
  /// What it takes besides options, as the help shows it: "KEY…"; nil for nothing.
  var operands: String?
  /// More than the summary says, for its help and the manual page; lines of up to 96 characters.
  var manual = ""
  /// Its long options have one dash, as those of LSF.
  var isSingleDashed = false
  /// Not shown in the list: called by wr itself.
  var isInternal = false
  /// - Returns: the exit code.
  var run: @Sendable (Arguments) throws -> Int32

  /// All that wr can do.
  static let all: [Command] = [
    .add, .status, .why, .wait, .watch, .kill, .remove, .retry,
    .suspend, .resume, .mod, .limit, .conf,
    .managerStart, .managerStop, .managerStatus, .managerPause, .managerResume, .managerDrain,
    .managerBackup, .managerServe, .runner, .version, .bsub, .bjobs, .bkill, .history, .top, .logs,
    .help, .man,
    .completion,
  ]

  /// How it is called: `wr add [OPTIONS]`.
  var call: String {
    (["wr"] + words + ["[OPTIONS]"] + (operands.map { [$0] } ?? [])).joined(separator: " ")
  }

  var help: String {
    var lines = ["\(call): \(summary)", ""]
    if !manual.isEmpty { lines += [manual, ""] }
    let options = options + Arguments.common
    let names = options.map { option in
      (option.short.map { "-\($0), " } ?? "    ") + "\(isSingleDashed ? "-" : "--")\(option.name)"
        + (option.value.map { " \($0)" } ?? "")
    }
    let width = names.map(\.count).max() ?? 0
    for (name, option) in zip(names, options) {
      let padding = String(repeating: " ", count: width - name.count)
      lines.append("  \(name)\(padding)  \(option.help)")
    }
    return lines.joined(separator: "\n")
  }

  static var overview: String {
    let shown = all.filter { !$0.isInternal }
    let width = shown.map { $0.words.joined(separator: " ").count }.max() ?? 0
    let lines = shown.map { command in
      let name = command.words.joined(separator: " ")
      return "  wr \(name)\(String(repeating: " ", count: width - name.count))  \(command.summary)"
    }
    return """
      wr runs other people's commands, by the million, without ever losing one.

      \(lines.joined(separator: "\n"))

      `wr COMMAND --help` shows a command's options.
      """
  }

  /// The command that `words` call, and the arguments that are left for it.
  static func find(_ words: [String]) throws(UsageError) -> (Command, [String]) {
    let matching = all.filter { words.starts(with: $0.words) }
    if let command = matching.max(by: { $0.words.count < $1.words.count }) {
      return (command, Array(words.dropFirst(command.words.count)))
    }
    let known = all.filter { !$0.isInternal }
    let group = known.filter { $0.words.count > 1 && $0.words[0] == words[0] }
    if group.isEmpty {
      throw .unknown("command \(words[0])", among: Array(Set(known.map { $0.words[0] })).sorted())
    }
    let names = group.map { $0.words[1] }
    guard words.count > 1 else {
      throw UsageError("wr \(words[0]) needs one of \(names.joined(separator: ", "))")
    }
    throw .unknown("command \(words[1])", among: names)
  }
}
