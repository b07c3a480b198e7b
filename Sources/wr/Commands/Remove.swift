import Jobs
import Manager

extension Command {
  static let remove = Command(
    words: ["remove"], summary: "remove commands that wait or are buried from the queue",
    options: JobSelectors.options + [
      JobSelectors.all, Option(name: "buried", short: "b", help: "only buried ones"), Option.json,
      ManagerConnection.timeoutOption,
    ],
    manual: """
      Commands that others depend on stay, unless these are removed too.
      """
  ) { arguments in
    let selectors = try JobSelectors(arguments, isRequired: true)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    var targets = try selectors.targets(manager)
    let isBuried = arguments.has("buried")
    let state = isBuried ? "buried" : "deletable"
    let eligible = try targets.count(in: state)
    targets.warnOfMissing(found: eligible)
    guard eligible > 0 else { throw StartError("No matching jobs found") }
    if isBuried {
      let keys = try targets.jobs([("state", state), ("brief", "true")])
        .filter { $0.isIn(state) }.map(\.key)
      targets = JobTargets(manager: manager, keys: keys)
    }
    let removed = try targets.act("DELETE", query: [("state", "deletable")])
    let kind = isBuried ? "buried" : "incomplete, non-running"
    return arguments.report(
      acted: removed, eligible: eligible,
      "Removed \(removed) \(kind) commands (out of \(eligible) eligible)")
  }
}
