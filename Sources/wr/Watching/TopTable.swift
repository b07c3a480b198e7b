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

  /// A job that runs, and what it uses now.
  struct Row {
    var job: ShownJob
    /// Nil if it runs elsewhere.
    var memory: Megabytes?
    /// A share of one core; nil if it runs elsewhere, or was not there at the last look.
    var cpu: Double?
  }

  /// - Parameters:
  ///   - usage: of each job's processes, by key; jobs that run elsewhere are not there.
  ///   - elapsed: since the last call; zero at the first, which knows no CPU use.
  mutating func rows(
    _ jobs: [ShownJob], _ usage: [String: LiveUsage.Tree], elapsed: Duration
  ) -> [Row] {
    let rows = jobs.map { job in
      let tree = usage[job.key]
      return Row(
        job: job, memory: tree?.memory, cpu: tree.flatMap { share(job.key, $0, elapsed) })
    }
    before = usage.mapValues(\.cpuTime)
    return rows
  }

  private func share(_ key: String, _ tree: LiveUsage.Tree, _ elapsed: Duration) -> Double? {
    guard let earlier = before[key], elapsed > .zero else { return nil }
    return max(0, (tree.cpuTime - earlier).inSeconds / elapsed.inSeconds)
  }

  /// The lines, a header first.
  func lines(_ rows: [Row]) -> [String] {
    let cells = rows.map { row in
      let job = row.job
      return [
        job.key, job.repGroup, LocalTime.duration(job.walltime.rounded()),
        row.cpu.map { "\(Int(($0 * 100).rounded()))" } ?? "-",
        row.memory.map { "\($0.count)" } ?? "-", "\(job.expectedRAM)", job.host, "\(job.pid)",
        job.cmd,
      ]
    }
    return ([columns.map(\.0)] + cells).map { cells in
      var line = zip(cells, columns).map { cell, column in
        StatusTable.fit(cell, column.1, isNumber: column.2)
      }.joined(separator: " ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The rows as an array of objects, and a newline.
  static func json(_ rows: [Row]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for row in rows {
      json.beginObject()
      json.member("Key", row.job.key)
      json.member("RepGroup", row.job.repGroup)
      json.member("Cmd", row.job.cmd)
      json.member("Walltime", row.job.walltime)
      json.member("Host", row.job.host)
      json.member("Pid", row.job.pid)
      json.member("ExpectedRAM", row.job.expectedRAM)
      if let memory = row.memory { json.member("RAM", memory.count) }
      if let cpu = row.cpu { json.member("CPU", cpu) }
      json.endObject()
    }
    json.endArray()
    json.newline()
    return json.takeBytes()
  }
}
