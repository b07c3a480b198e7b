import Platform

/// What was done to the processes, and how they bore it.
struct Report {
  var time = Duration.zero
  var strokes: [String: Int] = [:]
  var managerKills = 0
  var hostKills = 0
  /// How often a manager was started.
  var starts = 0
  /// How often one ended at its start because there was no space, or system calls failed.
  var refusedStarts = 0
  /// From the start of a manager to its first answer of any kind, and until it served.
  var firstAnswers: [Duration] = []
  var recoveries: [Duration] = []
  /// POSTs whose answer was lost with the connection.
  var lostAnswers = 0
  /// POSTs that were answered 507 and left at that; those that were answered so and tried again.
  var refusedPosts = 0
  var unavailable = 0
  /// Jobs that the client had tried again.
  var retries = 0
  /// Runs of commands, and those of them that were lost with their runner host.
  var runs = 0
  var lostRuns = 0
  /// What could not be done here, and why.
  var notes: Set<String> = []

  /// What managers and runner hosts had to say, if something went wrong.
  var words = ""

  var text: String {
    var lines = [
      "  \(Self.text(time)); \(managerKills) kills of the manager, \(hostKills) of the runner host"
    ]
    for (name, count) in strokes.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(count) × \(name)")
    }
    lines += [
      "  \(runs) runs, \(lostRuns) of them lost with their runner host; \(retries) retries",
      "  \(lostAnswers) POSTs without an answer, \(unavailable) answered 503 or 507 and repeated,"
        + " \(refusedPosts) given up",
      "  \(starts) starts (\(refusedStarts) refused in a fault):"
        + " first answer after \(Self.spread(firstAnswers)), serving after \(Self.spread(recoveries))",
    ]
    return (lines + notes.sorted().map { "  note: \($0)" }).joined(separator: "\n")
  }

  private static func spread(_ durations: [Duration]) -> String {
    let sorted = durations.sorted()
    guard let last = sorted.last else { return "-" }
    return "\(text(sorted[sorted.count / 2])) (median), \(text(last)) (most)"
  }

  private static func text(_ duration: Duration) -> String {
    let milliseconds = Int(duration / .milliseconds(1))
    return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
  }
}
