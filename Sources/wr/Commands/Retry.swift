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
    let eligible = try targets.count(in: "buried")
    targets.warnOfMissing(found: eligible)
    guard eligible > 0 else { throw StartError("No matching jobs found") }
    let retried = try targets.act("POST", verb: "retry")
    return arguments.report(
      acted: retried, eligible: eligible,
      "Initiated retry of \(retried) buried commands (out of \(eligible) eligible)")
  }
}
