import Jobs

/// Jobs in columns: `wr status -o table` (cli.md §14).
struct StatusTable: Sendable {
  enum Field: String, CaseIterable, Sendable {
    case command, id, status, attempts, host, reqgroup, count, repgroup, priority, exitcode
    case walltime, memory, started, ended

    var isNumber: Bool {
      switch self {
      case .attempts, .count, .priority, .exitcode, .memory: true
      case .command, .id, .status, .host, .reqgroup, .repgroup, .walltime, .started, .ended: false
      }
    }

    func text(_ job: ShownJob) -> String {
      switch self {
      case .command: job.cmd
      case .id: job.key
      case .status: job.state
      case .attempts: "\(job.attempts)"
      case .host: job.host
      case .reqgroup: job.reqGroup
      case .count: "\(1 + job.similar)"
      case .repgroup: job.repGroup
      case .priority: "\(job.priority)"
      case .exitcode: job.exited ? "\(job.exitCode)" : ""
      case .walltime: LocalTime.duration(job.walltime)
      case .memory: "\(job.peakRAM)"
      case .started: job.started.map(LocalTime.text) ?? ""
      case .ended: job.ended.map(LocalTime.text) ?? ""
      }
    }
  }

  private var columns: [(field: Field, width: Int)] = []

  static let standard =
    "command:36 id:32 status:12 attempts:8 host:16 reqgroup:18 count:5"

  /// - Parameter format: `FIELD:width …`, as in `WR_STATUS_FORMAT`.
  init(format: String = standard) throws(UsageError) {
    for word in format.split(separator: " ") {
      let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let field = Field(rawValue: parts[0].lowercased()) else {
        throw .unknown("field \(parts[0])", among: Field.allCases.map(\.rawValue))
      }
      guard parts.count == 2, let width = Int(parts[1]), (1...1000).contains(width) else {
        throw UsageError(
          "WR_STATUS_FORMAT is made of FIELD:width, width from 1 to 1000, not \"\(word)\"")
      }
      columns.append((field, width))
    }
  }

  var header: String { row { $0.rawValue } }

  func line(_ job: ShownJob) -> String { row { $0.text(job) } }

  private func row(_ text: (Field) -> String) -> String {
    let cells = columns.map { field, width in
      Self.fit(text(field), width, isNumber: field.isNumber)
    }
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  /// A text of exactly so many characters, without line breaks.
  static func fit(_ text: String, _ width: Int, isNumber: Bool) -> String {
    let text = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
    if text.count > width {
      return width > 3 ? String(text.prefix(width - 3)) + "..." : String(text.prefix(width))
    }
    let padding = String(repeating: " ", count: width - text.count)
    return isNumber ? padding + String(text) : String(text) + padding
  }
}
