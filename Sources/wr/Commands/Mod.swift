import Jobs
import Manager
import Web

extension Command {
  static let mod = Command(
    words: ["mod"], summary: "change commands that wait or are buried",
    options: JobSelectors.byGroup + [
      JobSelectors.all,
      Option(name: "cmdline", value: "COMMAND", help: "another command line, of a single job"),
    ] + JobOptions.all + [
      Option(name: "unset_cwd_matters", help: "run in a directory of their own again"),
      Option(name: "unset_change_home", help: "leave HOME as it is again"),
      Option(name: "unset_cloud_shared", help: "servers need not share the manager's disk"),
      Option.json, ManagerConnection.timeoutOption,
    ],
    manual: """
      Only what is given changes; an empty value takes away what there was. The rep group of a
      job cannot change. Jobs that would become the same as others stay as they are. A changed
      command line, directory or mount gives a job another id; what depends on it goes on doing so.
      """
  ) { arguments in
    let selectors = try JobSelectors(byGroup: arguments)
    let body = try modification(arguments)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let targets = try selectors.targets(manager)
    let eligible = try targets.count(in: "deletable")
    guard eligible > 0 else { throw StartError("No matching jobs found") }
    guard eligible == 1 || arguments["cmdline"] == nil else {
      throw UsageError("--cmdline can change a single job only, not \(eligible)")
    }
    let answers = try targets.ask("PATCH", body: body)
    let keys = try answers.flatMap { try modified($0) }
    let code = arguments.report(
      JobTargets.Acted(acted: keys.count, eligible: eligible),
      "Modified \(keys.count) incomplete, non-running commands (out of \(eligible) eligible)")
    if !arguments.has("json") {
      emit(keys.map { " \($0.old) => \($0.new)\n" }.joined())
    }
    return code
  }

  /// The body of the PATCH.
  private static func modification(_ arguments: Arguments) throws(UsageError) -> [UInt8] {
    var parameters = try JobOptions.parameters(arguments)
    if let command = arguments["cmdline"] { parameters.append(("cmd", command)) }
    for name in ["cwd_matters", "change_home", "cloud_shared"] where arguments.has("unset_\(name)")
    {
      guard !arguments.has(name) else {
        throw UsageError("--\(name) and --unset_\(name) are mutually exclusive")
      }
      parameters.append((name, "false"))
    }
    guard !parameters.isEmpty else {
      throw UsageError("nothing is to change: give what is to be different, as --memory 2G")
    }
    var json = JSONWriter()
    json.beginObject()
    for (name, text) in parameters {
      guard let property = JobProperty(rawValue: name) else { continue }
      var text = text
      if property == .cwd, !text.isEmpty, !text.hasPrefix("/") {
        text = "\(Configuration.Surroundings.current().cwd)/\(text)"
      }
      json.name(escaping: name)
      json.raw(text.isEmpty && property.form == .json ? Array("[]".utf8) : property.json(text))
    }
    json.endObject()
    return json.takeBytes()
  }

  private static func modified(
    _ answer: [UInt8]
  ) throws(JSONError) -> [(old: String, new: String)] {
    var keys: [(String, String)] = []
    var reader = JSONReader(answer)
    try reader.beginObject()
    while let name = try reader.nextName() {
      guard name == "modified" else {
        try reader.skip()
        continue
      }
      try reader.beginObject()
      while let new = try reader.nextName() { keys.append((try reader.string(), new)) }
    }
    return keys
  }
}
