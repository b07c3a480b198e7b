import Glibc
import Jobs

/// What `wr status` is asked for, and its answer.
struct StatusQuery: Sendable {
  enum Format: String, CaseIterable, Sendable {
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
    format = try Format(
      arguments["output"] ?? (arguments.has("json") ? "json" : "details"))
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

  /// Prints the answer.
  ///
  /// - Returns: the exit code.
  func run(_ manager: ManagerConnection) throws -> Int32 {
    if !isFiltered, let groups = selectors.groups {
      if format == .counts { return try printCounts(of: groups, manager) }
      if format == .summary { return try printSummary(of: groups, manager) }
    }
    let targets = try selectors.targets(manager)
    switch format {
    case .counts:
      let counts = try fold(targets, into: StateCounts()) { $0.add($1.state) }
      emit(counts.lines + "\n")
    case .summary:
      emit(try fold(targets, into: StatusSummaries()) { $0.add($1) }.text() + "\n")
    case .plain, .details, .table, .json: return try printJobs(targets)
    }
    return 0
  }

  private func printCounts(
    of groups: JobSelectors.Groups, _ manager: ManagerConnection
  ) throws -> Int32 {
    var counts = StateCounts()
    for group in try manager.groups(groups) { counts.add(group.counts) }
    emit(counts.lines + "\n")
    return 0
  }

  /// By what the manager sums up; only buried jobs are asked for, as their ids are told.
  private func printSummary(
    of groups: JobSelectors.Groups, _ manager: ManagerConnection
  ) throws -> Int32 {
    var summaries = StatusSummaries()
    var buried = 0
    for group in try manager.groups(groups) {
      summaries.add(group)
      buried += group.counts["buried"]
    }
    if buried > 0 {
      summaries = try selectors.targets(manager).fold(
        [("state", "buried"), ("brief", "true")], into: summaries
      ) { $0.note(buried: $1) }
    }
    emit(summaries.text() + "\n")
    return 0
  }

  /// Prints what is shown of each job, as the jobs come unless they must be grouped first.
  private func printJobs(_ targets: JobTargets) throws -> Int32 {
    var printer = JobPrinter(
      format, details: StatusDetails(showsEnvironment: showsEnvironment), table: table)
    let limit = format == .plain ? 0 : limitHere(targets)
    if limit > 0 {
      let grouping = try fold(targets, into: JobGrouping(limit: limit)) { $0.add($1) }
      for job in grouping.shown { printer.show(job) }
    } else {
      printer = try fold(targets, into: printer) { $0.show($1) }
    }
    printer.finish(isSpaced: format != .plain)
    return format == .plain && printer.hasBuried ? 1 : 0
  }

  /// Goes through the jobs that are wanted, as they come.
  private func fold<Value: Sendable>(
    _ targets: JobTargets, into value: Value,
    _ take: @escaping @Sendable (inout Value, ShownJob) throws -> Void
  ) throws -> Value {
    let found = try targets.fold(query(targets), into: (value: value, count: 0)) { found, job in
      guard isWanted(job) else { return }
      found.count += 1
      try take(&found.value, job)
    }
    targets.warnOfMissing(found: found.count)
    return found.value
  }

  private var isFiltered: Bool { state != nil || host != nil || since != nil }

  private func query(_ targets: JobTargets) -> [(String, String)] {
    var query: [(String, String)] = []
    if let state { query.append(("state", state)) }
    let showsFew = format == .details || format == .json || format == .table
    if showsFew, limit > 0, groupsThere(targets) { query.append(("limit", String(limit))) }
    if format == .details || format == .json { query.append(("std", "true")) }
    if showsEnvironment { query.append(("env", "true")) }
    let needsLittle = format == .plain || format == .counts
    if needsLittle, host == nil, since == nil { query.append(("brief", "true")) }
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
