import Jobs
import Manager

extension Command {
  static let logs = Command(
    words: ["logs"], summary: "print what a job writes or has written",
    options: [
      Option(name: "follow", short: "f", help: "go on until the job has ended, as it writes"),
      Option.json, ManagerConnection.timeoutOption,
    ],
    operands: "ID",
    manual: """
      Its standard output goes to standard output, its standard error to standard error: of a job
      that has ended the first and last 4 kB of each, of one that runs what it has written so far.
      What complete jobs wrote is kept only if keep_output was asked for. With --json each piece is
      an object on a line of its own: {"Stream":"stdout","Text":"…"}.
      """
  ) { arguments in
    guard arguments.positional.count == 1, let key = try arguments.keys().first else {
      throw UsageError("wr logs takes the id of a job")
    }
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let job = JobTargets(manager: manager, keys: [key])
    guard let found = try job.jobs().first else { throw StartError("No matching jobs found") }
    let follows = arguments.has("follow")
    if !follows, !found.hasWritten {
      Notice.info("the job is \(found.state): it has not written anything yet")
    }
    try manager.showOutput(of: key, follows: follows, asJSON: arguments.has("json"))
    if follows, let state = try job.jobs().first?.state,
      ["reserved", "running", "lost"].contains(state)
    {
      return Main.fail("the job is still \(state), but cannot be followed any more")
    }
    return 0
  }
}

extension ShownJob {
  /// Whether it has been started, so that there may be something it wrote.
  fileprivate var hasWritten: Bool { started != nil || exited || !failReason.isEmpty }
}
