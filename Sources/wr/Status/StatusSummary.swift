import Jobs

/// A rep group in a line or two: `wr status -o summary` (cli.md §3).
struct StatusSummary {
  private var counts = StateCounts()
  private var memory = Spread()
  private var disk = Spread()
  private var walltime = Spread()
  private var cpuTime = Spread()
  private var started: Int64?
  private var ended: Int64?
  /// The ids of buried jobs by exit code and problem.
  private var buried: [Burial: [String]] = [:]

  private struct Burial: Hashable {
    var exitCode: Int
    var reason: String
  }

  init() {}

  mutating func add(_ job: ShownJob) {
    counts.add(job.state)
    switch job.state {
    case "complete":
      memory.add(Double(job.peakRAM))
      disk.add(Double(job.peakDisk))
      walltime.add(job.walltime)
      cpuTime.add(job.cpuTime)
      if let start = job.started { started = min(started ?? start, start) }
      if let end = job.ended { ended = max(ended ?? end, end) }
    case "buried":
      let burial = Burial(exitCode: job.exitCode, reason: job.failReason)
      buried[burial, default: []].append(job.key)
    default: break
    }
  }

  /// - Parameter time: how a time, in seconds since the epoch, is written.
  func text(of group: String, time: (Int64) -> String = LocalTime.text) -> String {
    var line = "\(group) : \(counts.line)"
    let complete = counts["complete"]
    if complete > 0 {
      line += " memory=\(memory.text { "\(Int($0.rounded()))MB" })"
      line += " disk=\(disk.text { "\(Int($0.rounded()))MB" })"
      line += " walltime=\(walltime.text(LocalTime.duration))"
      line += " cputime=\(cpuTime.text(LocalTime.duration))"
    }
    if complete > 1, let started, let ended {
      line += " started=\(time(started)) ended=\(time(ended))"
      line += " elapsed=\(LocalTime.duration(Double(ended - started)))"
    }
    let order = buried.sorted {
      ($0.key.exitCode, $0.key.reason) < ($1.key.exitCode, $1.key.reason)
    }
    for (burial, keys) in order {
      line +=
        " exitcode.\(burial.exitCode),\"\(burial.reason)\"=\(keys.joined(separator: ","))"
    }
    return line + "\n"
  }

  /// All groups of the jobs, by name, and if there are several all of them together.
  static func text(_ jobs: [ShownJob], time: (Int64) -> String = LocalTime.text) -> String {
    var groups: [String: StatusSummary] = [:]
    var all = StatusSummary()
    for job in jobs {
      groups[job.repGroup, default: StatusSummary()].add(job)
      all.add(job)
    }
    var text = groups.sorted { $0.key < $1.key }.map { $0.value.text(of: $0.key, time: time) }
      .joined()
    if groups.count > 1 {
      all.buried = [:]
      text += all.text(of: "all above", time: time)
    }
    return text
  }
}

/// The mean of numbers, and how far they lie from it (Welford's method).
struct Spread: Hashable {
  private(set) var count = 0
  private(set) var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / Double(count)
    squares += difference * (value - mean)
  }

  /// Of a sample: 0 of fewer than two.
  var deviation: Double { count > 1 ? (squares / Double(count - 1)).squareRoot() : 0 }

  func text(_ show: (Double) -> String) -> String { "\(show(mean))(+/-\(show(deviation)))" }
}
