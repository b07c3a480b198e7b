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
    var eligible = try targets.count(in: state)
    targets.warnOfMissing(found: eligible)
    guard eligible > 0 else { throw StartError("No matching jobs found") }
    if let age {
      let old = try targets.jobs([("state", state)]).filter {
        $0.isIn(state) && $0.age(now: Int64(time(nil))) > age
      }
      guard !old.isEmpty else {
        throw StartError("No matching jobs were older than \(UnitText.text(of: age))")
      }
      eligible = old.count
      targets = JobTargets(manager: manager, keys: old.map(\.key))
    }
    let killed = try targets.act("POST", verb: "kill", query: [("state", state)])
    return arguments.report(
      acted: killed, eligible: eligible,
      "Initiated the termination of \(killed) \(state) commands (out of \(eligible) eligible)")
  }
}

extension ShownJob {
  /// For how long it runs or, if it is lost, has been lost.
  func age(now: Int64) -> Duration {
    if state == "lost", let ended { return .seconds(now - ended) }
    return .milliseconds(Int64(walltime * 1000))
  }
}
