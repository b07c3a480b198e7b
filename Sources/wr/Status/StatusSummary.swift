import Jobs

/// A rep group in a line or two: `wr status -o summary` (cli.md §3).
struct StatusSummary: Sendable {
  private var figures = GroupFigures()
  /// The ids of buried jobs by exit code and problem.
  private var buried: [Burial: [String]] = [:]

  private struct Burial: Hashable, Sendable {
    var exitCode: Int
    var reason: String
  }

  init() {}

  mutating func add(_ job: ShownJob) {
    figures.add(job)
    if job.state == "buried" { note(buried: job) }
  }

  /// Adds all jobs of a group, but for the ids of those that are buried.
  mutating func add(_ group: GroupFigures) { figures.add(group) }

  mutating func count(_ state: String) { figures.counts.add(state) }

  /// Notes the id of a job that has been counted.
  mutating func note(buried job: ShownJob) {
    let burial = Burial(exitCode: job.exitCode, reason: job.failReason)
    buried[burial, default: []].append(job.key)
  }

  /// - Parameter time: how a time, in seconds since the epoch, is written.
  func text(of group: String, time: (Int64) -> String = LocalTime.text) -> String {
    var line = "\(group) : \(figures.counts.line)"
    let complete = figures.counts["complete"]
    if complete > 0 {
      line += " memory=\(figures.memory.text { "\(Int($0.rounded()))MB" })"
      line += " disk=\(figures.disk.text { "\(Int($0.rounded()))MB" })"
      line += " walltime=\(figures.walltime.text(LocalTime.duration))"
      line += " cputime=\(figures.cpuTime.text(LocalTime.duration))"
    }
    if complete > 1, let started = figures.started, let ended = figures.ended {
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
}

/// All groups by name and, if there are several, all of them together.
struct StatusSummaries: Sendable {
  private var groups: [String: StatusSummary] = [:]
  private var all = StatusSummary()

  mutating func add(_ job: ShownJob) {
    groups[job.repGroup, default: StatusSummary()].add(job)
    // Of all together no ids are told.
    if job.state == "buried" { all.count("buried") } else { all.add(job) }
  }

  mutating func add(_ group: GroupFigures) {
    groups[group.name, default: StatusSummary()].add(group)
    all.add(group)
  }

  /// Notes the id of a job that has been counted with its group.
  mutating func note(buried job: ShownJob) {
    groups[job.repGroup, default: StatusSummary()].note(buried: job)
  }

  /// - Parameter time: how a time, in seconds since the epoch, is written.
  func text(time: (Int64) -> String = LocalTime.text) -> String {
    let lines = groups.sorted { $0.key < $1.key }.map { $0.value.text(of: $0.key, time: time) }
    return lines.joined() + (groups.count > 1 ? all.text(of: "all above", time: time) : "")
  }
}

/// The mean of numbers, and how far they lie from it (Welford's method).
struct Spread: Hashable, Sendable {
  private(set) var count = 0
  private(set) var mean = 0.0
  /// Of the differences from the mean.
  private var squares = 0.0

  init() {}

  /// - Parameter deviation: of a sample.
  init(count: Int, mean: Double, deviation: Double) {
    self.count = count
    self.mean = mean
    squares = count > 1 ? deviation * deviation * Double(count - 1) : 0
  }

  /// Takes in what is known of other numbers (Chan, Golub, LeVeque: the parallel form).
  mutating func add(_ other: Spread) {
    guard other.count > 0 else { return }
    let total = Double(count + other.count)
    let difference = other.mean - mean
    squares += other.squares + difference * difference * Double(count) * Double(other.count) / total
    mean += difference * Double(other.count) / total
    count += other.count
  }

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
