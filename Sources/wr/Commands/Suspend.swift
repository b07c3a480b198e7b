import Jobs
import Manager

extension Command {
  static let suspend = Command(
    words: ["suspend"], summary: "have commands that wait not go on until they are resumed",
    options: suspendOptions
  ) { try order("suspend", of: "deletable", $0) { "Suspended \($0) queued commands" } }

  static let resume = Command(
    words: ["resume"], summary: "let suspended commands go on", options: suspendOptions
  ) { try order("resume", of: "suspended", $0) { "Resumed \($0) suspended commands" } }

  private static let suspendOptions =
    JobSelectors.options + [JobSelectors.all, Option.json, ManagerConnection.timeoutOption]

  /// - Parameters:
  ///   - state: that of the jobs that match.
  ///   - words: what is said of so many jobs; as data, on standard output (cli.md §14).
  private static func order(
    _ verb: String, of state: String, _ arguments: Arguments, _ words: (Int) -> String
  ) throws -> Int32 {
    let selectors = try JobSelectors(arguments, isRequired: true)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let targets = try selectors.targets(manager)
    let matching = try targets.count(in: state)
    targets.warnOfMissing(found: matching)
    guard matching > 0 else { throw StartError("No matching jobs found") }
    let acted = try targets.act("POST", verb: verb)
    if arguments.has("json") { return arguments.report(acted: acted, eligible: matching, "") }
    emit("\(words(acted)) (out of \(matching) matching)\n")
    return 0
  }
}
