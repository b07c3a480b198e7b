import Glibc

/// Jobs as LSF's `bjobs` shows them (cli.md §10).
struct BjobsTable {
  enum Column: String, CaseIterable {
    case id = "JOBID"
    case user = "USER"
    case state = "STAT"
    case queue = "QUEUE"
    case fromHost = "FROM_HOST"
    case executionHost = "EXEC_HOST"
    case name = "JOB_NAME"
    case submitted = "SUBMIT_TIME"

    fileprivate var width: Int {
      switch self {
      case .state: 5
      case .id, .user: 7
      case .queue, .name: 10
      case .fromHost, .executionHost: 11
      case .submitted: 12
      }
    }
  }

  private var columns = Column.allCases
  /// Between values; nil for columns of fixed width.
  private var delimiter: String?
  var hasHeader = true
  var user = ""
  var host = ""
  /// How a time, in seconds since the epoch, is written.
  var time: (Int64) -> String = BjobsTable.submitTime

  init() {}

  /// - Parameter format: as `-o` takes it: `JOBID STAT delimiter="|"`; names may have widths.
  init(format: String) throws(UsageError) {
    var names = format
    if let mark = format.firstRange(of: "delimiter=") {
      let text = format[mark.upperBound...]
      delimiter = text.filter { $0 != "\"" && $0 != "'" }
      names = String(format[..<mark.lowerBound])
    }
    columns = try names.split(separator: " ").map { word throws(UsageError) in
      let name = word.prefix { $0 != ":" }.uppercased()
      guard let column = Column(rawValue: name) else {
        throw .unknown("column \(name)", among: Column.allCases.map(\.rawValue))
      }
      return column
    }
    if columns.isEmpty { columns = Column.allCases }
  }

  func text(_ jobs: [ShownJob]) -> String {
    let header = hasHeader ? [line(columns.map(\.rawValue))] : []
    return (header + jobs.map { job in line(columns.map { value($0, job) }) }).joined()
  }

  private func line(_ values: [String]) -> String {
    if let delimiter { return values.joined(separator: delimiter) + "\n" }
    let cells = zip(values, columns).map { value, column in
      let text =
        column.width < value.count && column != .id ? value.prefix(column.width) : value[...]
      return text + String(repeating: " ", count: max(0, column.width - text.count))
    }
    return cells.joined(separator: " ") + "\n"
  }

  private func value(_ column: Column, _ job: ShownJob) -> String {
    switch column {
    case .id: "\(job.number)"
    case .user: user
    case .state: Self.state(job)
    case .queue: "wr"
    case .fromHost: host
    case .executionHost: job.host.isEmpty ? "-" : job.host
    case .name: job.repGroup
    case .submitted: time(job.added)
    }
  }

  static func state(_ job: ShownJob) -> String {
    switch job.state {
    case "running", "reserved": "RUN"
    case "lost": "UNKWN"
    case "buried": "EXIT"
    case "complete": "DONE"
    case "suspended": "PSUSP"
    default: "PEND"
    }
  }

  /// `Nov 27 09:34`, in this machine's time zone.
  static func submitTime(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return
      "\(months[Int(parts.tm_mon)]) \(parts.tm_mday) \(two(parts.tm_hour)):\(two(parts.tm_min))"
  }
}
