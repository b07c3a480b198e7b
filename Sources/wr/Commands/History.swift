import Glibc
import Jobs
import Manager

extension Command {
  static let history = Command(
    words: ["history"], summary: "search everything that was ever run, the newest first",
    options: [
      Option(name: "text", short: "t", value: "TEXT", help: "a part of the command"),
      Option(name: "identifier", short: "i", value: "NAME", help: "the rep group"),
      Option(name: "search", short: "z", help: "all rep groups that contain what -i says"),
      Option(name: "host", value: "HOST", help: "where it ran: a host's name, ID or IP"),
      Option(
        name: "state", value: "STATE",
        help: "complete, or that of a job that has run and is still in the queue, as buried"),
      Option(name: "since", value: "TIME", help: "have ended within that time: 12h, 2d, 1w"),
      Option(name: "limit", value: "N", help: "how many to show at most; 20"),
      Option(
        name: "output", short: "o", value: "FORMAT", help: "table, plain, details or json; table"),
      Option(name: "json", help: "the same as -o json"),
      ManagerConnection.timeoutOption,
    ],
    operands: "[TEXT]"
  ) { arguments in
    let search = try HistoryQueryOptions(arguments)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    var found = NewestJobs(limit: search.limit)
    if search.state.map({ $0 == "complete" }) ?? true {
      for job in try search.complete(manager) { found.add(job) }
    }
    found = try search.addLive(to: found, manager)
    search.show(found.jobs)
    return 0
  }
}

/// What `wr history` is asked for.
private struct HistoryQueryOptions: Sendable {
  let text: String
  let group: String
  let isSearch: Bool
  let host: String
  let state: String?
  let since: Int64?
  let limit: Int
  private let format: StatusQuery.Format
  private let table: StatusTable

  init(_ arguments: Arguments) throws(UsageError) {
    guard arguments.positional.count <= 1 else {
      throw UsageError("wr history takes one text: put it in quotes")
    }
    text = arguments["text"] ?? arguments.positional.first ?? ""
    group = arguments["identifier"] ?? ""
    isSearch = arguments.has("search")
    host = arguments["host"] ?? ""
    state = arguments["state"]
    since = try arguments["since"].map { text throws(UsageError) in
      Int64(time(nil)) - (try StatusQuery.period(text))
    }
    limit = try arguments.integer("limit") ?? 20
    guard (1...10_000).contains(limit) else { throw UsageError("--limit takes 1 to 10000") }
    format = try StatusQuery.Format(
      arguments["output"] ?? (arguments.has("json") ? "json" : "table"))
    guard ![.summary, .counts].contains(format) else {
      throw UsageError("wr history has the formats table, plain, details and json")
    }
    table = try StatusTable(
      format: "ended:19 status:9 exitcode:8 walltime:12 memory:6 host:12 repgroup:16 command:40")
  }

  func complete(_ manager: ManagerConnection) throws -> [ShownJob] {
    var query = [("limit", "\(limit)"), ("text", text), ("group", group), ("host", host)]
    if isSearch { query.append(("search", "true")) }
    if let since { query.append(("since", "\(since)")) }
    return try ShownJob.list(manager.ask("GET", ["history"], query: query).body)
  }

  /// Adds jobs in the queue that have run: of the state asked for, or those that tell of a run by
  /// their state. Those that wait may be a million, and are not gone through.
  func addLive(to found: NewestJobs, _ manager: ManagerConnection) throws -> NewestJobs {
    if state == "complete" { return found }
    return try (state.map { [$0] } ?? ["running", "lost", "delayed", "buried"]).reduce(found) {
      try JobTargets(manager: manager, batches: [nil]).fold([("state", $1)], into: $0) {
        if isWanted($1) { $0.add($1) }
      }
    }
  }

  private func isWanted(_ job: ShownJob) -> Bool {
    job.started != nil && (state.map(job.isIn) ?? true)
      && (text.isEmpty || job.cmd.contains(text)) && isMeant(job.repGroup)
      && (host.isEmpty || [job.host, job.hostID, job.hostIP].contains(host))
      && (since.map { (job.ended ?? .max) >= $0 } ?? true)
  }

  private func isMeant(_ name: String) -> Bool {
    group.isEmpty || (isSearch ? name.contains(group) : name == group)
  }

  func show(_ jobs: some Sequence<ShownJob>) {
    var printer = JobPrinter(format, details: StatusDetails(), table: table)
    for job in jobs { printer.show(job) }
    printer.finish(isSpaced: false)
  }
}

/// Of jobs that come in any order, those that have ended last; those that run come first.
struct NewestJobs: Sendable {
  private let limit: Int
  private var kept: [ShownJob] = []

  init(limit: Int) { self.limit = limit }

  mutating func add(_ job: ShownJob) {
    kept.append(job)
    if kept.count >= 2 * limit { kept = jobs }
  }

  /// At most as many as there may be, the newest first.
  var jobs: [ShownJob] {
    Array(
      kept.sorted { ($0.ended ?? .max, $0.number) > ($1.ended ?? .max, $1.number) }.prefix(limit))
  }
}
