/// Whether what clients were told, what commands noted themselves and what the manager tells in
/// the end go together.
struct Agreement {
  private let chores: [Int: Chore]
  private let ledger: Ledger
  private let records: [Int: Record]
  private let hostKills: Int
  /// The incarnations of runner hosts that were never killed.
  private let safe: Set<String>

  /// - Parameters:
  ///   - records: of all chores that the manager still knows, by number.
  ///   - survivor: the process number of the one runner host that was never killed: what others
  ///     ran may be lost.
  ///   - hostKills: how many runner hosts were killed.
  init(
    chores: [Int: Chore], ledger: Ledger, records: [Int: Record], survivor: Int, hostKills: Int
  ) {
    self.chores = chores
    self.ledger = ledger
    self.records = records
    self.hostKills = hostKills
    safe = Set(ledger.runs.filter { $0.parent == survivor }.map(\.incarnation))
  }

  /// All that must not be, in sentences.
  func complaints() -> [String] {
    let runs = Dictionary(grouping: ledger.runs, by: \.number)
    var complaints = ledger.complaints
    for number in runs.keys.sorted() where chores[number] == nil {
      complaints.append("job \(number) was never asked for, and has run")
    }
    for (number, chore) in chores.sorted(by: { $0.key < $1.key }) {
      complaints += judge(chore, runs[number] ?? []).map { "job \(number) (\(chore.kind)): \($0)" }
    }
    return complaints + brokenDependencies(runs) + brokenLimits()
  }

  /// How many runs were lost with their runner host.
  var lostRuns: Int { ledger.runs.count { $0.end == nil && !isSafe($0) } }

  /// Whether the runner host of a run was there until it was over.
  private func isSafe(_ run: Ledger.Run) -> Bool { safe.contains(run.incarnation) }

  private func judge(_ chore: Chore, _ runs: [Ledger.Run]) -> [String] {
    let record = records[chore.number]
    switch chore.standing {
    case .asked: return ["it was never answered"]
    case .refused, .deleted:
      let words = "it was \(chore.standing)"
      return (runs.isEmpty ? [] : ["\(words), and has run"])
        + (record == nil ? [] : ["\(words), and is still there"])
    case .accepted: break
    }
    guard let record else { return ["it was accepted, and is gone"] }
    var complaints: [String] = []
    if !record.isFinal(of: chore) { complaints.append("it has not come to its end: \(record)") }
    complaints += judge(chore, runs, record)
    return complaints
  }

  private func judge(_ chore: Chore, _ runs: [Ledger.Run], _ record: Record) -> [String] {
    var complaints: [String] = []
    for (run, next) in zip(runs, runs.dropFirst()) {
      if let end = run.end, end.line > next.start {
        complaints.append("attempt \(run.attempt) went on beside \(next.attempt)")
      }
      if isSafe(run), !mayBeRepeated(run, chore) {
        complaints.append("attempt \(run.attempt) was not lost, and \(next.attempt) followed")
      }
    }
    for run in runs where run.end == nil && isSafe(run) && chore.ends {
      complaints.append("attempt \(run.attempt) was cut short")
    }
    if record.attempts < runs.count {
      complaints.append("it has run \(runs.count) times, \(record.attempts) are recorded")
    }
    if record.attempts > runs.count + hostKills {
      complaints.append("\(record.attempts) attempts are recorded, it has run \(runs.count) times")
    }
    guard chore.ends, let last = runs.last else { return complaints }
    let code = chore.succeeds ? 0 : record.exitCode
    if last.end?.code != code || record.exitCode != code || record.pid != last.pid {
      complaints.append("its last run was \(last), and what is recorded is \(record)")
    }
    if case .failing(let code) = chore.kind, record.exitCode != code {
      complaints.append("its exit code is \(record.exitCode)")
    }
    return complaints
  }

  /// Whether a run that was not lost may be followed by another.
  private func mayBeRepeated(_ run: Ledger.Run, _ chore: Chore) -> Bool {
    guard let end = run.end else { return false }
    return end.code != 0 && (chore.kind == .secondTry || chore.retries > 0)
  }

  private func brokenDependencies(_ runs: [Int: [Ledger.Run]]) -> [String] {
    var complaints: [String] = []
    for chore in chores.values.sorted(by: { $0.number < $1.number }) {
      guard let first = runs[chore.number]?.first else { continue }
      for prerequisite in chore.prerequisites {
        let success = runs[prerequisite]?.last?.end
        if success?.code != 0 || success.map({ $0.line > first.start }) != false {
          complaints.append("job \(chore.number) did not wait for \(prerequisite)")
        }
      }
    }
    return complaints
  }

  /// Only runs that noted their end count: of others nobody knows when they were over.
  private func brokenLimits() -> [String] {
    var events: [(line: Int, group: Chore.LimitedGroup, change: Int)] = []
    for run in ledger.runs {
      guard let group = chores[run.number]?.limitGroup, let end = run.end else { continue }
      events.append((run.start, group, 1))
      events.append((end.line, group, -1))
    }
    var running: [Chore.LimitedGroup: Int] = [:]
    var complaints: [String] = []
    for event in events.sorted(by: { $0.line < $1.line }) {
      let count = running[event.group, default: 0] + event.change
      running[event.group] = count
      if count > event.group.limit, event.change > 0 {
        complaints.append(
          "at line \(event.line) of the ledger \(count) of group \(event.group.name) run")
      }
    }
    return complaints
  }
}
