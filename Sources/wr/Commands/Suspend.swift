import Jobs
import Manager

extension Command {
  static let suspend = Command(
    words: ["suspend"], summary: "have commands that wait not go on until they are resumed",
    options: suspendOptions
  ) { try order("suspend", $0) { "Suspended \($0) queued commands" } }

  static let resume = Command(
    words: ["resume"], summary: "let suspended commands go on", options: suspendOptions
  ) { try order("resume", $0) { "Resumed \($0) suspended commands" } }

  private static let suspendOptions =
    JobSelectors.options + [JobSelectors.all, Option.json, ManagerConnection.timeoutOption]

  /// - Parameter words: what is said of so many jobs; as data, on standard output (cli.md §14).
  private static func order(
    _ verb: String, _ arguments: Arguments, _ words: (Int) -> String
  ) throws -> Int32 {
    let selectors = try JobSelectors(arguments, isRequired: true)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let targets = try selectors.targets(manager)
    let done = try targets.actOnSome("POST", verb: verb)
    if arguments.has("json") { return arguments.report(done, "") }
    emit("\(words(done.acted)) (out of \(done.eligible) matching)\n")
    return 0
  }
}
