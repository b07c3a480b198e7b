import Glibc
import Jobs
import Manager
import Platform
import Runner

extension Command {
  static let top = Command(
    words: ["top"], summary: "show what runs, with its CPU and memory use",
    options: [
      Option(name: "interval", value: "TIME", help: "how often to look; 2s"),
      Option(name: "count", short: "n", value: "N", help: "look so often, and end"),
      Option.json, ManagerConnection.timeoutOption,
    ],
    manual: """
      What processes use is known of jobs on this machine only. Where the output is no terminal it
      is shown once. With --json each look is an array of jobs, on a line of its own; CPU is a
      share of one core.
      """
  ) { arguments in
    let interval = try arguments.duration("interval") ?? .seconds(2)
    guard interval >= .milliseconds(10) else {
      throw UsageError("--interval takes 10ms or more")
    }
    let count = try arguments.integer("count") ?? (Terminal.isThere ? Int.max : 1)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    var table = TopTable()
    var drawn = 0
    var last = Instant.now
    // The first look is for the CPU times that the next one is compared with.
    _ = table.rows([], usage(of: try running(manager)), elapsed: .zero)
    for _ in 0..<count {
      usleep(useconds_t(clamping: interval.nanoseconds / 1000))
      let jobs = try running(manager)
      let now = Instant.now
      let rows = table.rows(jobs, usage(of: jobs), elapsed: now - last)
      let lines = table.lines(rows)
      last = now
      if arguments.has("json") {
        emit(TopTable.json(rows))
      } else if Terminal.isThere {
        let (width, height) = Terminal.size
        let shown = lines.prefix(height - 1).map { String($0.prefix(width - 1)) }
        Terminal.redraw(shown, over: drawn)
        drawn = shown.count
      } else {
        emit(lines.map { "\($0)\n" }.joined())
      }
    }
    return 0
  }

  private static func running(_ manager: ManagerConnection) throws -> [ShownJob] {
    try JobTargets(manager: manager, batches: [nil]).jobs([("state", "running")])
      .filter { $0.state == "running" }
  }

  private static func usage(of jobs: [ShownJob]) -> [String: LiveUsage.Tree] {
    let usage = LiveUsage()
    var trees: [String: LiveUsage.Tree] = [:]
    for job in jobs where job.host == MachineFacts.hostName {
      trees[job.key] = usage.tree(of: job.pid)
    }
    return trees
  }
}
