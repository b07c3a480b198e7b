import Jobs
import Manager

extension Command {
  static let logs = Command(
    words: ["logs"], summary: "print what is kept of what a job wrote",
    options: [
      Option(name: "follow", short: "f", help: "wait until the job has ended"),
      ManagerConnection.timeoutOption,
    ],
    operands: "ID",
    manual: """
      Its standard output goes to standard output, its standard error to standard error: the first
      and last 4 kB of each. What complete jobs wrote is kept only if keep_output was asked for.
      """
  ) { arguments in
    guard arguments.positional.count == 1, let key = try arguments.keys().first else {
      throw UsageError("wr logs takes the id of a job")
    }
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let targets = JobTargets(manager: manager, keys: [key])
    var patience = Patience(longest: 1000)
    while true {
      guard let job = try targets.jobs().first else { throw StartError("No matching jobs found") }
      let hasEnded = job.state == "complete" || job.state == "buried"
      if !hasEnded, arguments.has("follow") {
        patience.pause()
        continue
      }
      if !hasEnded, !job.exited {
        Notice.info("the job is \(job.state): what it writes is known when it has ended")
      }
      try manager.showOutput(of: key)
      return 0
    }
  }
}
