import Glibc
import Jobs
import Manager
import Platform

extension Command {
  static let wait = Command(
    words: ["wait"], summary: "wait until jobs have ended; the exit code tells how",
    options: JobSelectors.options + [
      JobSelectors.all,
      Option(name: "for", value: "TIME", help: "wait no longer than this: 90s, 30m, 1h30m"),
      Option(name: "fail-fast", help: "return at once when a job is buried"), Option.json,
      ManagerConnection.timeoutOption,
    ],
    operands: "[ID…]",
    manual: """
      The exit code is 0 if all are complete; 1 if any is buried, or was not there; 2 if the time
      was over. Jobs that depend on buried ones are not waited for once nothing else can go on.
      """
  ) { arguments in
    let limit = try arguments.duration("for")
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let query =
      arguments.positional.isEmpty
      ? try ProgressQuery(JobSelectors(arguments, isRequired: true), manager)
      : ProgressQuery(keys: try arguments.keys(), manager)
    let (progress, code) = try wait(
      query, until: limit.map { .now + $0 }, failsFast: arguments.has("fail-fast"))
    if arguments.has("json") {
      emit(progress.counts.json)
    } else {
      Notice.info("\(code == 2 ? "the time is over: " : "")\(progress.counts.line)")
    }
    return code
  }

  private static func wait(
    _ query: ProgressQuery, until deadline: Instant?, failsFast: Bool
  ) throws -> (Progress, Int32) {
    var patience = Patience(longest: 1000)
    // What was seen and is gone without being complete was removed.
    var most = 0
    while true {
      let progress = try query.progress()
      let counts = progress.counts
      most = max(most, counts.total)
      guard most > 0 else { throw StartError("No matching jobs found") }
      let hasFailed = counts["buried"] > 0 || counts.total < most
      if progress.isOver || (failsFast && hasFailed) { return (progress, hasFailed ? 1 : 0) }
      if progress.onlyDepends, try query.isStuck() { return (progress, 1) }
      if let deadline, deadline <= .now { return (progress, 2) }
      patience.pause()
    }
  }
}
