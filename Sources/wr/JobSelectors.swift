import Jobs

/// The options by which sub-commands that act on jobs choose them (cli.md §1).
struct JobSelectors {
  /// What the jobs are asked for by: a key, a rep group; nil for all.
  let identifier: String?
  let isSearch: Bool

  static let options = [
    Option(name: "identifier", short: "i", value: "NAME", help: "the rep group of the jobs"),
    Option(name: "search", short: "z", help: "all rep groups that contain what -i says"),
    Option(name: "internal", short: "y", help: "what -i says is the internal id of a job"),
    Option(name: "cmdline", short: "l", value: "COMMAND", help: "the job of this command line"),
    Option(
      name: "cwd", short: "c", value: "DIR",
      help: "the working directory of the job of -l, if it was added with cwd_matters"),
    Option(name: "all", short: "a", help: "all that it can be done to"),
  ]

  init(_ arguments: Arguments) throws(UsageError) {
    let given = [
      arguments["identifier"] != nil, arguments["cmdline"] != nil, arguments.has("all"),
    ].filter { $0 }.count
    guard given == 1 else {
      throw UsageError(
        given == 0 ? "1 of -i, -l or -a is required" : "-i, -l and -a are mutually exclusive")
    }
    if let command = arguments["cmdline"] {
      identifier = JobKey(ofCommand: command, cwd: arguments["cwd"]).description
      isSearch = false
      return
    }
    isSearch = arguments.has("search")
    identifier = arguments["identifier"]
    if arguments.has("internal"), let identifier, JobKey(identifier) == nil {
      throw UsageError("-i takes 32 lower-case hexadecimal digits with -y, not \"\(identifier)\"")
    }
  }

  /// The path below `/rest/v1/` of the jobs.
  var path: [String] { ["jobs"] + (identifier.map { [$0] } ?? []) }
  var query: [(String, String)] { isSearch ? [("search", "true")] : [] }
}
