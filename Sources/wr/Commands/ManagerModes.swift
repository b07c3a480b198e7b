import Jobs
import Manager

/// Pausing, resuming and draining the manager (cli.md §9).
extension Command {
  static let managerPause = Command(
    words: ["manager", "pause"], summary: "start no more jobs until resumed; running ones go on",
    options: [Option.json, ManagerConnection.timeoutOption]
  ) { try changeMode("pause", $0) { "is now paused; \($0)" } }

  static let managerResume = Command(
    words: ["manager", "resume"], summary: "start jobs again after a pause",
    options: [Option.json, ManagerConnection.timeoutOption]
  ) { try changeMode("resume", $0) { _ in "has resumed" } }

  static let managerDrain = Command(
    words: ["manager", "drain"],
    summary: "start no more jobs, and stop the manager when the running ones have ended",
    options: [Option.json, ManagerConnection.timeoutOption]
  ) { arguments in
    try changeMode("drain", arguments) { running in
      "is now draining; "
        + (running == nothingRuns ? "\(running); it should stop right away" : running)
    }
  }

  private static let nothingRuns = "no job is running"

  /// - Parameter words: what is said of the manager, given what is said of the jobs that run.
  private static func changeMode(
    _ action: String, _ arguments: Arguments, _ words: (String) -> String
  ) throws -> Int32 {
    let configuration = try Configuration.current(arguments)
    let manager = try ManagerConnection(configuration, arguments)
    let answer = try manager.ask("POST", ["manager", action])
    if arguments.has("json") {
      emit(answer.body)
      return 0
    }
    var (running, seconds) = (0, 0)
    var reader = JSONReader(answer.body)
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "Running": running = try reader.int()
      case "Seconds": seconds = try reader.int()
      default: try reader.skip()
      }
    }
    let jobs =
      running == 0
      ? nothingRuns
      : "\(running) \(running == 1 ? "job is" : "jobs are") still running and should be complete"
        + " in less than \(UnitText.text(of: .seconds(seconds + 1)))"
    print(
      "info: wr manager running on \(configuration.certificateDomain):\(configuration.managerPort) "
        + words(jobs))
    return 0
  }
}
