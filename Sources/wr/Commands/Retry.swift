import Jobs
import Manager

extension Command {
  static let retry = Command(
    words: ["retry"], summary: "try buried commands again, with all their retries",
    options: JobSelectors.options + [
      JobSelectors.all, Option.json, ManagerConnection.timeoutOption,
    ]
  ) { arguments in
    let selectors = try JobSelectors(arguments, isRequired: true)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let targets = try selectors.targets(manager)
    let done = try targets.actOnSome("POST", verb: "retry")
    return arguments.report(
      done,
      "Initiated retry of \(done.acted) buried commands (out of \(done.eligible) eligible)")
  }
}
