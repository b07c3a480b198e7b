import Jobs
import Platform

/// What one transaction writes.
public struct StoreBatch: Sendable {
  /// Live jobs to insert or rewrite.
  public var puts: [Job] = []
  /// Jobs that are complete: out of the live table, into the history, found under their groups.
  public var completions: [Job] = []
  /// Live jobs to remove.
  public var deletions: [JobID] = []
  /// What failed jobs wrote; replaces what is there. Complete and deleted jobs lose theirs.
  public var outputs: [JobOutput] = []
  /// Further groups under which a key is to be found.
  public var memberships: [(group: RepGroup, key: JobKey)] = []
  /// Limits of limit groups; -1 for none.
  public var limits: [(group: LimitGroup, limit: Int)] = []
  /// The runner host that the local scheduler runs; nil leaves what is stored.
  public var localHost: StoredHost?
  public init() {}
  public var isEmpty: Bool { true }
}

/// What a failed job wrote, trimmed.
public struct JobOutput: Sendable, Hashable {
  public var job: JobID
  public var stdout: String
  public var stderr: String
  public init(job: JobID, stdout: String, stderr: String) {
    self.job = job
    self.stdout = stdout
    self.stderr = stderr
  }
}

/// A runner host as remembered over restarts.
public struct StoredHost: Sendable, Hashable {
  public var incarnation: Incarnation
  public var pid: Int
  public var startTicks: UInt64
  public var bootID: String
  public init(incarnation: Incarnation, pid: Int, startTicks: UInt64, bootID: String) {
    self.incarnation = incarnation
    self.pid = pid
    self.startTicks = startTicks
    self.bootID = bootID
  }
}

/// What the store holds at a start, apart from the history.
public struct Recovered: Sendable {
  /// All live jobs, by ascending id.
  public var jobs: [Job] = []
  public var memberships: [(group: RepGroup, key: JobKey)] = []
  public var limits: [LimitGroup: Int] = [:]
  public var localHost: StoredHost?
  /// Greater than every id ever given.
  public var nextJobID: Int64 = 1
  /// How often this database was opened by a manager, this time included: durable, never reused;
  /// the high half of attempt ids.
  public var generation: UInt64 = 1
  /// Sentences for the start-up message (behaviour.md §12.3).
  public var messages: [String] = []
  public init() {}
}

/// Why the store cannot do what it was asked.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SQLite's extended result code, or 0.
  public var code: Int32
  /// A sentence.
  public var message: String
  /// The disk is full or over quota: adds are refused with 507.
  public var isFull: Bool
  public var description: String { message }
}

/// The one writer of the database.
public actor StoreActor {
  public nonisolated let executor: SerialQueueExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }
  public init(path: String, backupPath: String?) {
    executor = SerialQueueExecutor(label: "store")
  }
  /// Opens (or makes, or restores) the database and reads all that is live.
  public func open() throws(StoreError) -> Recovered { Recovered() }
  /// Writes all of the batch, or nothing; returns when it is on disk.
  public func commit(_ batch: StoreBatch) throws(StoreError) {}
  /// Checkpoints, backs up if needed, closes.
  public func close() {}
}

/// A complete job in the history: its place, and the key it is known by.
public struct HistoryEntry: Sendable, Hashable {
  public var row: Int64
  public var key: JobKey
}

/// Committed reads beside the writer, on a connection and a thread of its own.
public actor HistoryReader {
  public nonisolated let executor: SerialQueueExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }
  public init(path: String) { executor = SerialQueueExecutor(label: "history") }
  /// Which of the keys are in the history.
  public func complete(among keys: [JobKey]) throws(StoreError) -> Set<JobKey> { [] }
  /// The complete jobs of a group, or with `substring` of all groups whose name contains it, by
  /// start then end time.
  public func entries(of group: String, substring: Bool) throws(StoreError) -> [HistoryEntry] { [] }
  public func entry(of key: JobKey) throws(StoreError) -> HistoryEntry? { nil }
  /// The jobs of these rows in this order; rows that are gone are left out.
  public func jobs(rows: [Int64]) throws(StoreError) -> [Job] { [] }
  /// What jobs wrote, of those that have something stored.
  public func outputs(of jobs: [JobID]) throws(StoreError) -> [JobID: JobOutput] { [:] }
  /// Complete jobs per rep group, for the groups named; all groups if nil.
  public func counts(of groups: [RepGroup]?) throws(StoreError) -> [RepGroup: Int] { [:] }
  public func close() {}
}
