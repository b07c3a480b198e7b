import CSQLite
import Jobs
import Platform

/// A complete job in the history: its place, and the key it is known by.
public struct HistoryEntry: Sendable, Hashable {
  public var row: Int64
  public var key: JobKey

  public init(row: Int64, key: JobKey) {
    self.row = row
    self.key = key
  }
}

/// Committed reads beside the writer, on a connection and a thread of its own.
///
/// Opens its connection at the first call, which must come after `StoreActor.open()`. Each call is
/// one short read transaction.
public actor HistoryReader {
  public nonisolated let executor: SerialQueueExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let path: String
  private let fewEntries: Int
  private var queries: HistoryQueries?

  /// - Parameter fewEntries: more complete jobs of a group are not all read when only some are
  ///   wanted.
  public init(path: String, fewEntries: Int = 10_000) {
    self.fewEntries = fewEntries
    executor = SerialQueueExecutor(label: "history")
    self.path = path
  }

  /// Which of the keys are in the history.
  public func complete(among keys: [JobKey]) throws(StoreError) -> Set<JobKey> {
    guard !keys.isEmpty else { return [] }
    return try read { queries throws(StoreError) in
      var found: Set<JobKey> = []
      for key in keys where try queries.entry(of: key) != nil { found.insert(key) }
      return found
    }
  }

  /// The complete jobs of a group by start then end time, each once.
  ///
  /// Costs time for each of them and for each key; with a limit only for as many as that, and for
  /// the keys.
  /// - Parameters:
  ///   - keys: jobs to be left out, and not to be counted.
  ///   - limit: how many are wanted at least; 0 for all.
  /// - Returns: all of them, or the first, and how many more there are.
  public func entries(
    of group: RepGroup, except keys: [JobKey], limit: Int = 0
  ) throws(StoreError) -> (entries: [HistoryEntry], omitted: Int) {
    try read { queries throws(StoreError) in
      let count = try queries.count(of: group)
      if count == 0 { return ([], 0) }
      let keys = Set(keys)
      guard limit > 0, count > fewEntries, limit < count else {
        return (try queries.entries(of: group, limit: -1).filter { !keys.contains($0.key) }, 0)
      }
      var excepted = 0
      for key in keys where try queries.isComplete(key, in: group) { excepted += 1 }
      let first = try queries.entries(of: group, limit: limit + excepted)
      let wanted = first.filter { !keys.contains($0.key) }.prefix(limit)
      return (Array(wanted), count - excepted - wanted.count)
    }
  }

  /// The complete jobs of all groups whose name contains a text, by start then end time, each once,
  /// but for some keys. Costs time for each of them.
  public func entries(
    containing text: String, except keys: [JobKey]
  ) throws(StoreError) -> [HistoryEntry] {
    try read { queries throws(StoreError) in
      let entries = try queries.entries(containing: text)
      if entries.isEmpty { return [] }
      let keys = Set(keys)
      return entries.filter { !keys.contains($0.key) }
    }
  }

  /// The complete job with a key.
  public func entry(of key: JobKey) throws(StoreError) -> HistoryEntry? {
    try read { queries throws(StoreError) in try queries.entry(of: key) }
  }

  /// Those of the keys that complete jobs have.
  public func entries(of keys: [JobKey]) throws(StoreError) -> [JobKey: HistoryEntry] {
    guard !keys.isEmpty else { return [:] }
    return try read { queries throws(StoreError) in
      var found: [JobKey: HistoryEntry] = [:]
      for key in keys { found[key] = try queries.entry(of: key) }
      return found
    }
  }

  /// The jobs of these rows in this order; rows that are gone are left out. Those that are alike but
  /// for their commands share their traits.
  public func jobs(rows: [Int64]) throws(StoreError) -> [Job] {
    guard !rows.isEmpty else { return [] }
    return try read { queries throws(StoreError) in
      var jobs: [Job] = []
      jobs.reserveCapacity(rows.count)
      var traits = JobTraitsPool()
      for row in rows {
        guard var job = try queries.job(row: row) else { continue }
        traits.share(&job.spec)
        jobs.append(job)
      }
      return jobs
    }
  }

  /// Those of the jobs of whose output something is stored.
  public func haveOutput(among jobs: [JobID]) throws(StoreError) -> [JobID] {
    guard !jobs.isEmpty else { return [] }
    return try read { queries throws(StoreError) in
      var found: [JobID] = []
      for id in jobs where try queries.hasOutput(of: id) { found.append(id) }
      return found
    }
  }

  /// What jobs wrote, of those that have something stored.
  public func outputs(of jobs: [JobID]) throws(StoreError) -> [JobID: JobOutput] {
    guard !jobs.isEmpty else { return [:] }
    return try read { queries throws(StoreError) in
      var outputs: [JobID: JobOutput] = [:]
      for id in jobs { outputs[id] = try queries.output(of: id) }
      return outputs
    }
  }

  /// How many complete jobs each rep group has, and what they have used: of the group named, or of
  /// all. Groups without any are left out. Costs time for each group, not for each job.
  ///
  /// - Parameter keys: complete jobs that do not count under some groups; each costs time.
  public func sums(
    of group: RepGroup?, except keys: [JobKey: [RepGroup]] = [:]
  ) throws(StoreError) -> [RepGroup: UsageSums] {
    try read { queries throws(StoreError) in
      var sums = try queries.sums(of: group)
      for (key, groups) in keys {
        let less = try queries.lessSums(of: key)
        for group in groups { if let less = less[group] { sums[group]? += less } }
      }
      return sums.filter { $0.value.count > 0 }
    }
  }

  /// The complete jobs that depend on the groups, or on groups of such jobs, and so on: each once.
  public func dependants(of groups: Set<DepGroup>) throws(StoreError) -> [Job] {
    guard !groups.isEmpty else { return [] }
    return try read { queries throws(StoreError) in
      var asked = groups
      var open = groups.sorted()
      var found: [JobKey: Job] = [:]
      while let group = open.popLast() {
        for job in try queries.dependants(of: group) where found[job.key] == nil {
          found[job.key] = job
          for next in job.spec.depGroups where asked.insert(next).inserted { open.append(next) }
        }
      }
      return found.values.sorted { $0.id < $1.id }
    }
  }

  /// Which of the groups any job has ever carried.
  public func joined(among groups: Set<DepGroup>) throws(StoreError) -> Set<DepGroup> {
    guard !groups.isEmpty else { return [] }
    return try read { queries throws(StoreError) in
      var joined: Set<DepGroup> = []
      for group in groups where try queries.wasJoined(group) { joined.insert(group) }
      return joined
    }
  }

  /// Those of the environments that are stored.
  public func environments(
    _ keys: Set<EnvironmentKey>
  ) throws(StoreError) -> [EnvironmentKey: [String]] {
    guard !keys.isEmpty else { return [:] }
    return try read { queries throws(StoreError) in
      var found: [EnvironmentKey: [String]] = [:]
      for key in keys { found[key] = try queries.environment(key) }
      return found
    }
  }

  /// Looks through a piece of the history; see `HistoryQueries.search`.
  public func search(
    _ query: HistoryQuery, upTo high: Int64
  ) throws(StoreError) -> (entries: [HistoryEntry], low: Int64)? {
    try read { queries throws(StoreError) in try queries.search(query, upTo: high) }
  }

  /// Closes the connection, before `StoreActor.close()`.
  public func close() { queries = nil }

  private func connection() throws(StoreError) -> HistoryQueries {
    if let queries { return queries }
    let queries = try HistoryQueries(path: path)
    self.queries = queries
    return queries
  }

  private func read<Result>(
    _ body: (HistoryQueries) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    let queries = try connection()
    do throws(StoreError) {
      return try queries.transaction(body)
    } catch {
      // After an I/O error a connection may go on to see what is not there.
      if error.leavesDoubt { self.queries = nil }
      throw error
    }
  }
}
