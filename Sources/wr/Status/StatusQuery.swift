import Glibc
import Jobs

/// What `wr status` is asked for, and its answer.
struct StatusQuery {
  enum Format: String, CaseIterable {
    case details, summary, counts, plain, json, table

    /// - Parameter text: the name or its first letter.
    init(_ text: String) throws(UsageError) {
      guard
        let format = Self.allCases.first(where: {
          text == $0.rawValue || text == String($0.rawValue.prefix(1))
        })
      else {
        let allowed = Self.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError("invalid -o format specified: \"\(text)\"; there are \(allowed)")
      }
      self = format
    }
  }

  private let selectors: JobSelectors
  private let format: Format
  private let limit: Int
  /// The only state wanted.
  private let state: String?
  private let host: String?
  /// Nothing that has neither started nor ended since then, in seconds since the epoch.
  private let since: Int64?
  private let showsEnvironment: Bool
  private let table: StatusTable

  init(_ arguments: Arguments) throws(UsageError) {
    selectors = try JobSelectors(arguments, isRequired: false)
    format = try Format(arguments["output"] ?? "details")
    limit = try arguments.integer("limit") ?? 1
    state = ["buried", "running", "suspended"].first { arguments.has($0) }
    host = arguments["host"]
    since = try arguments["recent"].map { text throws(UsageError) in
      Int64(time(nil)) - (try Self.period(text))
    }
    showsEnvironment = arguments.has("env")
    let columns = getenv("WR_STATUS_FORMAT").map { String(cString: $0) } ?? ""
    table = try StatusTable(format: columns.isEmpty ? StatusTable.standard : columns)
  }

  /// A time in whole seconds, as others are written or in days (2d) or weeks (1w).
  static func period(_ text: String) throws(UsageError) -> Int64 {
    if let last = text.last, let days = ["d": 1, "w": 7][String(last)],
      let count = Double(text.dropLast()), (0...36500).contains(count)
    {
      return Int64(count * Double(days) * 86400)
    }
    do throws(UnitText.Fault) {
      return try UnitText.duration(text).components.seconds
    } catch {
      throw UsageError("--recent takes a time such as 30m, 12h, 2d or 1w, not \"\(text)\"")
    }
  }

  /// What is printed, and the exit code.
  struct Report {
    var text: [UInt8]
    var code: Int32 = 0

    init(_ text: String, code: Int32 = 0) { self.init(Array(text.utf8), code: code) }

    init(_ text: [UInt8], code: Int32 = 0) {
      self.text = text
      self.code = code
    }
  }

  func report(_ manager: ManagerConnection) throws -> Report {
    if format == .counts, !isFiltered, let counts = try selectors.groupCounts(manager) {
      return Report(counts.lines + "\n")
    }
    let targets = try selectors.targets(manager)
    if format == .plain, host == nil, since == nil { return try plain(targets) }
    let jobs = try targets.jobs(query(targets)).filter(isWanted)
    targets.warnOfMissing(found: jobs.count)
    switch format {
    case .counts:
      var counts = StateCounts()
      for job in jobs { counts.add(job.state) }
      return Report(counts.lines + "\n")
    case .plain:
      let text = jobs.map { "\($0.key)\t\($0.state)\n" }.joined()
      return Report(text, code: jobs.contains { $0.state == "buried" } ? 1 : 0)
    case .summary: return Report(StatusSummary.text(jobs) + "\n")
    case .details:
      let details = StatusDetails(showsEnvironment: showsEnvironment)
      return Report(
        ShownJob.grouped(jobs, limit: limitHere(targets)).map { details.text($0) }.joined() + "\n")
    case .table:
      return Report(table.text(ShownJob.grouped(jobs, limit: limitHere(targets))) + "\n")
    case .json:
      let list = Array(jobs.map(\.json).joined(separator: ",".utf8))
      return Report(Array("[".utf8) + list + Array("]\n\n".utf8))
    }
  }

  /// Ids and states, of which there may be very many.
  private func plain(_ targets: JobTargets) throws -> Report {
    var list = PlainList()
    for body in try targets.ask("GET", query: query(targets) + [("brief", "true")]) {
      try list.take(body, state: state)
    }
    targets.warnOfMissing(found: list.count)
    return Report(list.text, code: list.hasBuried ? 1 : 0)
  }

  private var isFiltered: Bool { state != nil || host != nil || since != nil }

  private func query(_ targets: JobTargets) -> [(String, String)] {
    var query: [(String, String)] = []
    if let state { query.append(("state", state)) }
    let showsFew = format == .details || format == .json || format == .table
    if showsFew, limit > 0, groupsThere(targets) { query.append(("limit", String(limit))) }
    if format == .details || format == .json { query.append(("std", "true")) }
    if showsEnvironment { query.append(("env", "true")) }
    return query
  }

  /// Whether the manager does the grouping: it cannot know what we filter out, and groups each
  /// command line by itself.
  private func groupsThere(_ targets: JobTargets) -> Bool {
    host == nil && since == nil && targets.keyCount == nil
  }

  private func limitHere(_ targets: JobTargets) -> Int { groupsThere(targets) ? 0 : limit }

  private func isWanted(_ job: ShownJob) -> Bool {
    if let state, !job.isIn(state) { return false }
    if let host, ![job.host, job.hostID, job.hostIP].contains(host) { return false }
    if let since, max(job.started ?? 0, job.ended ?? 0) < since { return false }
    return true
  }
}
