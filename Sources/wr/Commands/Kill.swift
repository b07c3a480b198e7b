import Glibc
import Jobs
import Manager

extension Command {
  static let kill = Command(
    words: ["kill"], summary: "end running commands",
    options: JobSelectors.options + [
      JobSelectors.all,
      Option(
        name: "confirmdead",
        help: "confirm that lost commands are dead, instead of ending running ones"),
      Option(name: "age", value: "TIME", help: "only those that run, or are lost, for longer"),
      Option.json, ManagerConnection.timeoutOption,
    ],
    manual: """
      Killed commands are buried, with all they started, once their runner has ended them.
      """
  ) { arguments in
    let selectors = try JobSelectors(arguments, isRequired: true)
    let age = try arguments.duration("age")
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    var targets = try selectors.targets(manager)
    let state = arguments.has("confirmdead") ? "lost" : "running"
    if let age {
      let matching = try targets.jobs([("state", state)]).filter { $0.isIn(state) }
      targets.warnOfMissing(found: matching.count)
      guard !matching.isEmpty else { throw StartError("No matching jobs found") }
      let old = matching.filter { $0.age(now: Int64(time(nil))) > age }
      guard !old.isEmpty else {
        throw StartError("No matching jobs were older than \(UnitText.text(of: age))")
      }
      targets = JobTargets(manager: manager, keys: old.map(\.key))
    }
    let done = try targets.actOnSome("POST", verb: "kill", query: [("state", state)])
    return arguments.report(
      done,
      "Initiated the termination of \(done.acted) \(state) commands "
        + "(out of \(done.eligible) eligible)")
  }
}

extension ShownJob {
  /// For how long it runs or, if it is lost, has been lost.
  func age(now: Int64) -> Duration {
    if state == "lost", let ended { return .seconds(now - ended) }
    return .milliseconds(Int64(walltime * 1000))
  }
}
