import Glibc
import Jobs
import Manager
import Platform

extension Command {
  static let watch = Command(
    words: ["watch"], summary: "show live how jobs get on, until all have ended",
    options: JobSelectors.options + [
      Option(name: "interval", value: "TIME", help: "how often to look; 1s"),
      Option.json, ManagerConnection.timeoutOption,
    ],
    manual: """
      A bar for each rep group: how many have ended, run and are buried, how many end in a second
      and how long the rest will take. Where the output is no terminal, a line is printed whenever
      something has changed; with --json always, each an array of groups as /groups/ shows them, by
      name and counts.
      """
  ) { arguments in
    let interval = try arguments.duration("interval") ?? .seconds(1)
    guard interval >= .milliseconds(10) else {
      throw UsageError("--interval takes 10ms or more")
    }
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let query = try ProgressQuery(JobSelectors(arguments, isRequired: false), manager)
    var frame = WatchFrame()
    var drawn = 0
    let start = Instant.now
    while true {
      let before = frame.progress
      let progress = try query.progress()
      frame.see(progress, now: (Instant.now - start).inSeconds)
      if arguments.has("json") {
        if progress != before { emit(progress.json) }
      } else if Terminal.isThere {
        let (width, height) = Terminal.size
        // A line that fills the width would wrap.
        let lines = frame.lines(
          width: width - 1, height: height - 1, colours: Terminal.hasColours)
        Terminal.redraw(lines, over: drawn)
        drawn = lines.count
      } else if progress != before {
        emit(frame.lines(width: 120).map { "\($0)\n" }.joined())
      }
      if progress.isOver { return progress.counts["buried"] > 0 ? 1 : 0 }
      usleep(useconds_t(clamping: interval.nanoseconds / 1000))
    }
  }
}
