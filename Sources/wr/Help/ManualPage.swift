/// The manual page wr(1), made of the table of commands (man(7)).
enum ManualPage {
  static func text(_ commands: [Command], version: String) -> String {
    var lines = [
      ".TH WR 1 \"\" \"wr \(escaped(version))\" \"User Commands\"", ".SH NAME",
      "wr \\- run commands, by the million, without ever losing one", ".SH SYNOPSIS",
      ".B wr", "\\fICOMMAND\\fR [\\fIOPTIONS\\fR]", ".SH DESCRIPTION",
      escaped(
        "A manager daemon takes commands, queues them durably with priorities, dependencies and"
          + " retries, runs as many at once as memory and cores allow, and keeps their history."),
      ".SH COMMANDS",
    ]
    for command in commands where !command.isInternal { lines += section(command) }
    lines += [".SH OPTIONS OF ALL COMMANDS"] + Arguments.common.flatMap { item($0, "--") }
    lines += closing
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ command: Command) -> [String] {
    var lines = [
      ".SS \"\(escaped(command.call))\"", escaped(command.summary).capitalisedFirst + ".",
    ]
    if !command.manual.isEmpty {
      lines +=
        [".PP", ".nf"]
        + command.manual.split(separator: "\n", omittingEmptySubsequences: false)
        .map { escaped(String($0)) } + [".fi"]
    }
    return lines + command.options.flatMap { item($0, command.isSingleDashed ? "-" : "--") }
  }

  private static func item(_ option: Option, _ dashes: String) -> [String] {
    let short = option.short.map { "\\fB\\-\($0)\\fR, " } ?? ""
    let value = option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
    return [
      ".TP", "\(short)\\fB\(escaped(dashes + option.name))\\fR\(value)", escaped(option.help),
    ]
  }

  private static let closing = [
    ".SH EXIT STATUS",
    escaped("0, or 1 for every error; status -o plain: 1 if a job shown is buried;"),
    escaped("add --simple: 1 if nothing is in the queue; add --sync: that of the command;"),
    escaped("wait: 1 if a job failed, 2 if the time was over; lsf bsub: 255 if nothing was added."),
    ".SH ENVIRONMENT", ".TP", ".B WR_DEPLOYMENT", "The deployment meant.", ".TP",
    ".B WR_CONFIG_DIR", "A directory with configuration files.", ".TP", ".B WR_STATUS_FORMAT",
    escaped("The columns of status -o table."), ".TP", ".B NO_COLOR",
    "If it is not empty, nothing is coloured.", ".SH FILES", ".TP",
    ".I ~/.wr_config.yml, ~/.wr_config.production.yml", "Settings.", ".TP",
    ".I ~/.wr_production/", "All that the manager keeps.",
  ]

  /// A text that means itself (groff_char(7)).
  static func escaped(_ text: String) -> String {
    let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }
}

extension String {
  /// With a capital first letter.
  fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Command {
  static let help = Command(
    words: ["help"], summary: "show the commands, or the options of one", operands: "[COMMAND]"
  ) { arguments in
    Main.run(arguments.positional + ["--help"])
  }

  static let man = Command(
    words: ["man"], summary: "print the manual page, as wr man > wr.1 or wr man | man -l -"
  ) { _ in
    emit(ManualPage.text(Command.all, version: Release.version))
    return 0
  }
}
