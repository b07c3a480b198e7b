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
    if isBuried {
      let buried = try targets.jobs([("state", "buried"), ("brief", "true")])
        .filter { $0.isIn("buried") }
      targets = targets.narrowed(to: buried.map(\.key))
    }
    let done = try targets.actOnSome("DELETE", query: [("state", "deletable")])
    let kind = isBuried ? "buried" : "incomplete, non-running"
    return arguments.report(
      done, "Removed \(done.acted) \(kind) commands (out of \(done.eligible) eligible)")
  }
}
