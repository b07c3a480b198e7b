import Glibc
import Jobs

/// Waits for one command as if it ran here: its output is ours, and so is its exit code.
struct Sync {
  private let manager: ManagerConnection

  init(_ manager: ManagerConnection) { self.manager = manager }

  /// - Returns: the exit code of the job; 1 if it has none, because it was killed or removed.
  func wait(for result: AddResult) throws -> Int32 {
    guard let key = result.keys.first else {
      Notice.info("the command is complete already; --rerun runs it again")
      return 0
    }
    var patience = Patience()
    while true {
      let jobs = try ShownJob.list(
        manager.ask("GET", ["jobs", key], query: [("std", "true")]).body)
      guard let job = jobs.first else {
        Notice.error("the command was removed from the queue")
        return 1
      }
      if job.state == "complete" || job.state == "buried" {
        try manager.showOutput(of: key)
        if job.state == "complete" { return 0 }
        return (1...255).contains(job.exitCode) ? Int32(job.exitCode) : 1
      }
      patience.pause()
    }
  }
}

/// Pauses between looks at something that takes its time: short ones at first, then longer.
struct Patience {
  private var milliseconds = 50.0
  private let longest: Double

  /// - Parameter longest: the longest pause, in milliseconds.
  init(longest: Double = 2000) { self.longest = longest }

  mutating func pause() {
    usleep(useconds_t(milliseconds * 1000))
    milliseconds = min(milliseconds * 1.1, longest)
  }
}
