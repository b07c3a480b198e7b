import Jobs
import Runner

/// What runs, with what it uses now: `wr top`.
struct TopTable {
  private let columns = [
    ("ID", 32, false), ("GROUP", 16, false), ("TIME", 10, true), ("CPU%", 6, true),
    ("MEM/MB", 8, true), ("OF/MB", 8, true), ("HOST", 12, false), ("PID", 8, true),
    ("COMMAND", 40, false),
  ]
  /// CPU time of each job's processes when it was last looked at, by key.
  private var before: [String: Duration] = [:]

  init() {}

  /// The lines, a header first.
  ///
  /// - Parameters:
  ///   - usage: of each job's processes, by key; jobs that run elsewhere are not there.
  ///   - elapsed: since the last call; zero at the first, which knows no CPU use.
  mutating func lines(
    _ jobs: [ShownJob], _ usage: [String: LiveUsage.Tree], elapsed: Duration
  ) -> [String] {
    let rows = jobs.map { job in
      let tree = usage[job.key]
      return [
        job.key, job.repGroup, LocalTime.duration(job.walltime.rounded()),
        tree.flatMap { percent(job.key, $0, elapsed) } ?? "-",
        tree.map { "\($0.memory.count)" } ?? "-", "\(job.expectedRAM)", job.host, "\(job.pid)",
        job.cmd,
      ]
    }
    before = usage.mapValues(\.cpuTime)
    return ([columns.map(\.0)] + rows).map { cells in
      var line = zip(cells, columns).map { cell, column in
        StatusTable.fit(cell, column.1, isNumber: column.2)
      }.joined(separator: " ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private func percent(_ key: String, _ tree: LiveUsage.Tree, _ elapsed: Duration) -> String? {
    guard let earlier = before[key], elapsed > .zero else { return nil }
    let share = (tree.cpuTime - earlier).inSeconds / elapsed.inSeconds
    return "\(Int((max(0, share) * 100).rounded()))"
  }
}
