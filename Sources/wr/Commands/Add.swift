import Glibc
import Jobs
import Manager
import Platform

extension Command {
  private static let addOptions =
    [
      Option(
        name: "file", short: "f", value: "FILE",
        help: "the commands, one a line; - (default) is standard input"),
      Option(name: "rep_grp", short: "i", value: "NAME", help: "report group; manually_added"),
    ] + JobOptions.all + [
      Option(name: "rerun", help: "run those again that are complete already"),
      Option(name: "head", value: "N", help: "add only the first N commands"),
      Option(name: "simple", short: "s", help: "print the ids of what is in the queue, no more"),
      Option(
        name: "sync",
        help: "wait until the one command has ended; print its output, exit with its code"),
      Option(name: "dry-run", help: "have everything checked, and add nothing"),
      Option(name: "disable_relative_check", help: "do not warn of relative paths"),
      Option.json, ManagerConnection.timeoutOption,
    ]

  static let add = Command(
    words: ["add"], summary: "add commands to the queue", options: addOptions,
    manual: """
      Each line of the file is a command; a command, a tab and a JSON object of its properties; or
      such an object that holds the command as "cmd". The properties have the names of the options
      (rep_grp for -i, mounts for --mount_json) and win over them.

          echo hello
          make all<TAB>{"memory":"4G","time":"2h","cpus":4}
          {"cmd":"./run.sh","cwd":"/data","cwd_matters":true,"deps":["build"]}
      """
  ) { arguments in
    let configuration = try Configuration.current(arguments)
    let manager = try ManagerConnection(configuration, arguments)
    var parameters = try JobOptions.parameters(arguments)
    try setDefaults(&parameters, arguments, manager)
    let cwd = Configuration.Surroundings.current().cwd
    let checksPaths = !arguments.has("disable_relative_check") && !arguments.has("cwd_matters")
    let file = try CommandFile(
      .file(arguments["file"] ?? "-"), limit: arguments.integer("head"),
      // What cannot be listed cannot be compared with: the check is only a help.
      entries: checksPaths ? Set((try? names(inDirectory: cwd)) ?? []) : [])
    let commands = CommandStream(
      file, takesOne: arguments.has("sync"), showsProgress: isatty(2) == 1, tell: warn)
    if arguments.has("dry-run") {
      let trial = try manager.trial(of: commands, parameters).result
      if arguments.has("simple") || arguments.has("json") {
        show(trial.keys, arguments)
      } else {
        Notice.info("\(trial.valid) commands make sense; none was added, as this was a dry run")
      }
      return 0
    }
    if manager.isLocal {
      parameters.append(("env_key", try manager.storeEnvironment()))
    }
    let needsKeys = arguments.has("simple") || arguments.has("sync") || arguments.has("json")
    parameters.append(("answer", needsKeys ? "keys" : "counts"))
    if arguments.has("sync") { parameters.append(("keep_output", "true")) }
    let (result, lines) = try manager.add(commands, parameters)
    if arguments.has("sync") { return try Sync(manager).wait(for: result) }
    if arguments.has("simple") || arguments.has("json") {
      show(result.keys, arguments, result)
      return result.keys.isEmpty && arguments.has("simple") ? 1 : 0
    }
    let group =
      lines.usesDefaultGroup
      ? " using default identifier '\(arguments["rep_grp"] ?? "manually_added")'" : ""
    Notice.info(
      "Added \(result.added) new commands (\(result.duplicates) were duplicates) to the queue"
        + group)
    explainDuplicates(result)
    return 0
  }

  /// What `wr add` says of jobs where neither its caller nor the line does (cli.md §2).
  private static func setDefaults(
    _ parameters: inout [(name: String, value: String)], _ arguments: Arguments,
    _ manager: ManagerConnection
  ) throws {
    func setUnlessGiven(_ name: String, _ value: String) {
      if !parameters.contains(where: { $0.name == name }) { parameters.append((name, value)) }
    }
    if let group = arguments["rep_grp"] { parameters.append(("rep_grp", group)) }
    if arguments.has("rerun") { parameters.append(("rerun", "true")) }
    setUnlessGiven("cpus", "1")
    setUnlessGiven("retries", "3")
    setUnlessGiven("on_exit", #"[{"cleanup":true}]"#)
    let here = Configuration.Surroundings.current().cwd
    if let index = parameters.firstIndex(where: { $0.name == "cwd" }) {
      let cwd = parameters[index].value
      if !cwd.hasPrefix("/"), !cwd.isEmpty { parameters[index].value = "\(here)/\(cwd)" }
    } else if manager.isLocal || arguments.has("cwd_matters") {
      parameters.append(("cwd", here))
    } else {
      Notice.warning("the manager is on another machine: commands run in /tmp; see --cwd")
    }
  }

  private static func warn(of oddity: CommandLines.Oddity) {
    switch oddity {
    case .unknownProperty(let name, let line):
      let known = addOptions.map(\.name) + ["cmd", "mounts"]
      let error = UsageError.unknown("property \(name)", among: known)
      Notice.warning("line \(line): \(error.message); it is ignored")
    case .relativePath(let path, let line):
      Notice.warning(
        "line \(line): \(path) seems to be a relative path; commands run in a directory of their"
          + " own, so give absolute paths, or --cwd_matters")
    }
  }

  private static func show(
    _ keys: [String], _ arguments: Arguments, _ result: AddResult? = nil
  ) {
    guard arguments.has("json") else {
      if !keys.isEmpty { emit(keys.joined(separator: "\n") + "\n") }
      return
    }
    var json = JSONWriter(capacity: 128 + keys.count * 35)
    json.beginObject()
    if let result {
      json.member("Added", result.added)
      json.member("Queued", result.queued)
      json.member("Complete", result.complete)
    }
    json.member("Keys", keys)
    json.endObject()
    json.newline()
    emit(json.takeBytes())
  }

  private static func explainDuplicates(_ result: AddResult) {
    guard result.duplicates > 0 else { return }
    let complete =
      result.complete > 0 ? ["\(result.complete) are complete (--rerun runs them again)"] : []
    let queued = result.queued > 0 ? ["\(result.queued) are in the queue"] : []
    Notice.info("of the duplicates \((queued + complete).joined(separator: ", "))")
  }
}
