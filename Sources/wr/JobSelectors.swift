import Jobs
import Manager

/// The options by which sub-commands choose jobs (cli.md §1).
struct JobSelectors {
  private enum Choice {
    case all
    case identifier(String, isSearch: Bool)
    /// Command lines as `wr add` takes them.
    case commands(CommandFile.Source)
  }

  private let choice: Choice
  /// What an adding would have said of the commands, for they are told apart by it.
  private let identity: [(name: String, value: String)]

  /// How many keys go into one request: their URL is shorter than 64 kB.
  private static let batchSize = 1000

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

  /// Where the groups are asked for that the jobs are all of, below `/rest/v1/`; nil if they are
  /// not whole groups.
  var groups: (path: [String], query: [(String, String)])? {
    switch choice {
    case .all: (["groups"], [("complete", "false")])
    case .identifier(let name, _) where JobKey(name) != nil: nil
    case .identifier(let name, let isSearch):
      (["groups", name], isSearch ? [("search", "true")] : [])
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
      let batches = stride(from: 0, to: keys.count, by: Self.batchSize).map { start in
        keys[start..<min(start + Self.batchSize, keys.count)].joined(separator: ",")
      }
      return JobTargets(manager: manager, batches: batches, keyCount: keys.count)
    }
  }
}

/// Jobs at a manager, as they are asked for: in one request or, if there are many keys, in some.
struct JobTargets {
  let manager: ManagerConnection
  /// What stands in the path of each request; nil for all jobs.
  var batches: [String?]
  var isSearch = false
  /// How many keys there are, if the jobs are meant by keys of command lines.
  var keyCount: Int?

  /// Jobs that are known by their keys.
  init(manager: ManagerConnection, keys: [String]) {
    self.init(
      manager: manager,
      batches: stride(from: 0, to: keys.count, by: 1000).map { start in
        keys[start..<min(start + 1000, keys.count)].joined(separator: ",")
      })
  }

  init(
    manager: ManagerConnection, batches: [String?], isSearch: Bool = false, keyCount: Int? = nil
  ) {
    self.manager = manager
    self.batches = batches
    self.isSearch = isSearch
    self.keyCount = keyCount
  }

  /// - Parameter verb: what is ordered, by POST; the last segment of the path.
  /// - Returns: the bodies of the answers.
  func ask(
    _ method: String, verb: String? = nil, query: [(String, String)] = [], body: [UInt8] = []
  ) throws -> [[UInt8]] {
    try batches.map { batch in
      let path = ["jobs"] + (batch.map { [$0] } ?? []) + (verb.map { [$0] } ?? [])
      return try manager.ask(
        method, path, query: query + (isSearch ? [("search", "true")] : []), body: body
      ).body
    }
  }

  /// Has something done to the jobs; takes parameters as `ask`.
  ///
  /// - Returns: to how many it was done.
  func act(
    _ method: String, verb: String? = nil, query: [(String, String)] = []
  ) throws -> Int {
    try ask(method, verb: verb, query: query + [("answer", "counts")]).reduce(0) { sum, answer in
      var reader = JSONReader(answer)
      try reader.beginObject()
      var acted = 0
      while let name = try reader.nextName() {
        if name == "Acted" { acted = try reader.int() } else { try reader.skip() }
      }
      return sum + acted
    }
  }

  /// The jobs, as a GET with these parameters shows them.
  func jobs(_ query: [(String, String)] = []) throws -> [ShownJob] {
    try ask("GET", query: query).flatMap { try ShownJob.list($0) }
  }

  /// How many of the jobs are in a state.
  func count(in state: String) throws -> Int {
    // All of them by counters, so that a million take no longer than one. Those of a group not: it
    // may have jobs that are counted under another.
    if batches == [nil] {
      let groups = try manager.ask("GET", ["groups"], query: [("complete", "false")]).body
      return try GroupCounts.list(groups).reduce(0) { $0 + $1.counts.count(in: state) }
    }
    return try jobs([("state", state), ("limit", "1")])
      // What is asked for by key comes in any state.
      .filter { $0.isIn(state) }.reduce(0) { $0 + 1 + $1.similar }
  }

  /// Says how many of the command lines belong to no job, if that is so.
  func warnOfMissing(found: Int) {
    guard let keyCount, found < keyCount else { return }
    Notice.warning("\(keyCount - found)/\(keyCount) cmds were not found")
  }
}
