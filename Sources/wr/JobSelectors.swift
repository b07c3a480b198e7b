import Jobs
import Manager

/// The options by which sub-commands choose jobs (cli.md §1).
struct JobSelectors: Sendable {
  private enum Choice: Sendable {
    case all
    case identifier(String, isSearch: Bool)
    /// Command lines as `wr add` takes them.
    case commands(CommandFile.Source)
  }

  private let choice: Choice
  /// What an adding would have said of the commands, for they are told apart by it.
  private let identity: [(name: String, value: String)]

  static let byGroup = [
    Option(name: "identifier", short: "i", value: "NAME", help: "the rep group of the jobs"),
    Option(name: "search", short: "z", help: "all rep groups that contain what -i says"),
    Option(name: "internal", short: "y", help: "what -i says is the internal id of a job"),
  ]
  static let options =
    byGroup + [
      Option(
        name: "file", short: "f", value: "FILE",
        help:
          "the jobs of the command lines in this file, of the form that wr add takes; - is stdin"),
      Option(name: "cmdline", short: "l", value: "COMMAND", help: "the job of this command line"),
      Option(
        name: "cwd", short: "c", value: "DIR",
        help: "the working directory of the jobs of -f or -l, if they were added with cwd_matters"),
      JobOptions.mounts, JobOptions.mountJSON,
    ]
  static let all = Option(name: "all", short: "a", help: "all that it can be done to")

  /// - Parameter isRequired: whether nothing being chosen is an error; else it means all.
  init(_ arguments: Arguments, isRequired: Bool) throws(UsageError) {
    let given = ["file", "identifier", "cmdline"].filter { arguments[$0] != nil }
    let count = given.count + (arguments.has("all") ? 1 : 0)
    guard count <= 1 else { throw UsageError("-f, -i, -l and -a are mutually exclusive") }
    guard count == 1 || !isRequired else { throw UsageError("1 of -f, -i, -l or -a is required") }
    identity = try JobOptions.identity(arguments)
    if let path = arguments["file"] {
      choice = .commands(.file(path))
    } else if let command = arguments["cmdline"] {
      choice = .commands(.command(command))
    } else {
      choice = try Self.group(arguments) ?? .all
    }
  }

  /// Looks at `-i` and `-a` alone, for a command to which the others mean something else.
  init(byGroup arguments: Arguments) throws(UsageError) {
    let group = try Self.group(arguments)
    guard (group != nil) != arguments.has("all") else {
      throw UsageError(
        group == nil ? "1 of -i or -a is required" : "-i and -a are mutually exclusive")
    }
    choice = group ?? .all
    identity = []
  }

  private static func group(_ arguments: Arguments) throws(UsageError) -> Choice? {
    guard let identifier = arguments["identifier"] else { return nil }
    if arguments.has("internal"), JobKey(identifier) == nil {
      throw UsageError("-i takes 32 lower-case hexadecimal digits with -y, not \"\(identifier)\"")
    }
    return .identifier(identifier, isSearch: arguments.has("search"))
  }

  /// Where whole rep groups are asked for, below `/rest/v1/`.
  struct Groups {
    var path: [String]
    var query: [(String, String)]

    /// Of all incomplete jobs, each once.
    static let all = Groups(path: ["groups"], query: [("own", "true")])
  }

  /// The groups that the jobs are all of; nil if they are not whole groups.
  var groups: Groups? {
    switch choice {
    case .all: .all
    case .identifier(let name, _) where JobKey(name) != nil: nil
    case .identifier(let name, let isSearch):
      Groups(path: ["groups", name], query: isSearch ? [("search", "true")] : [])
    case .commands: nil
    }
  }

  /// Finds out where the jobs are asked for; the manager tells the keys of command lines.
  func targets(_ manager: ManagerConnection) throws -> JobTargets {
    switch choice {
    case .all: return JobTargets(manager: manager, batches: [nil])
    case .identifier(let identifier, let isSearch):
      return JobTargets(manager: manager, batches: [identifier], isSearch: isSearch)
    case .commands(let source):
      let commands = CommandStream(try CommandFile(source))
      let keys = try manager.trial(of: commands, identity).result.keys
      guard !keys.isEmpty else { throw StartError("there are no command lines in the file") }
      var targets = JobTargets(manager: manager, keys: keys)
      targets.keyCount = keys.count
      return targets
    }
  }
}

extension ManagerConnection {
  /// The figures of rep groups, which the manager keeps.
  func groups(_ groups: JobSelectors.Groups) throws -> [GroupFigures] {
    try GroupFigures.list(ask("GET", groups.path, query: groups.query).body)
  }
}
