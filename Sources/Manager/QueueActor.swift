import Jobs
import Platform

/// Owns the state of all jobs that are not in the history. Lives on the reactor.
public actor QueueActor {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }
  init(reactor: Reactor) { self.reactor = reactor }

  // MARK: Clients

  /// Adds jobs, all or none; returns when they are on disk.
  /// - Returns: for each spec, in order, the job it now is in the queue; those skipped as already
  ///   complete are left out.
  public func add(_ specs: [JobSpec], rerun: Bool, limits: [(group: LimitGroup, limit: Int)])
    async throws(QueueError) -> [JobStatus]
  { [] }

  /// Fixes, in one step, which jobs a query gives (decision 39).
  public func select(_ selection: JobSelection) async throws(QueueError) -> [ListedJob] { [] }

  /// The states of listed jobs as they are now, in order; for batches of at most about 1000.
  public func render(_ listed: some Collection<ListedJob> & Sendable, std: Bool, env: Bool)
    async throws(QueueError) -> [JobStatus]
  { [] }

  /// Cancels what `selection` (with a state of running, lost or deletable) selects.
  /// - Returns: the jobs acted upon: deleted ones with state `deleted`, others as they were.
  public func cancel(_ selection: JobSelection) async throws(QueueError) -> [JobStatus] { [] }

  public func overview() async -> Overview { Overview() }
  /// Takes all warnings: they are forgotten (GET /warnings/ is destructive).
  public func takeWarnings() -> [Warning] { [] }
  public var mode: ManagerMode { .started }

  // MARK: Runner hosts

  /// A host has connected: settles its inventory, then gives the lines of its order stream, each
  /// an NDJSON line of `HostOrder`. The stream ends when a newer link of the host comes, the host
  /// is given up, or the manager stops. Ending the iteration drops the link.
  public func connect(_ inventory: Inventory) async throws(QueueError) -> AsyncStream<[UInt8]> {
    AsyncStream { $0.finish() }
  }
  /// Takes reports; returns when all of it is on disk.
  public func report(_ batch: ReportBatch) async throws(QueueError) -> ReportAnswer {
    ReportAnswer()
  }
}

/// Why a request to the queue is refused; the Web module turns it into a status and a sentence.
public enum QueueError: Error, Hashable, Sendable {
  /// 400: what was asked makes no sense, and why.
  case invalid(String)
  /// 503, or 507 if `full`: the store cannot write now; nothing was changed.
  case storage(String, full: Bool)
  /// 503: the manager is starting or stopping.
  case unavailable(String)
}

/// Which jobs a request is about: identifiers, filter, grouping (behaviour.md §11.3).
public struct JobSelection: Sendable, Hashable {
  /// Keys or rep groups in the order asked for; nil for all incomplete jobs.
  public var identifiers: [String]?
  /// Whether rep group identifiers are substrings.
  public var search = false
  public var state: StateFilter?
  /// At most so many per (state, exit code, fail reason); 0 for all.
  public var limit = 0
  public init(identifiers: [String]? = nil) { self.identifiers = identifiers }
}

/// The values of the `state` parameter.
public enum StateFilter: String, Sendable, Hashable, CaseIterable {
  case delayed, ready, reserved, running, lost, buried, dependent, complete, deletable
}

/// A job on a list whose members are fixed.
public struct ListedJob: Sendable, Hashable {
  public enum Place: Sendable, Hashable {
    case live(JobID, JobKey)
    case history(row: Int64)
  }
  public var place: Place
  /// The group it was asked for by, if it was by group.
  public var repGroup: RepGroup?
  public var similar: Int
}

/// The manager's mode as `/info/` shows it.
public enum ManagerMode: String, Sendable, Hashable { case started, paused, draining }

/// A message for the user about something that went wrong repeatedly or once.
public struct Warning: Sendable, Hashable {
  public var message: String
  public var firstAt: Timestamp
  public var lastAt: Timestamp
  public var count: Int
}

/// What the status page shows.
public struct Overview: Sendable {
  public struct Group: Sendable {
    public var repGroup: RepGroup
    /// Number of jobs by state name.
    public var counts: [String: Int]
  }
  public var host = ""
  public var cores = 0
  public var memory: Megabytes = 0
  public var coresUsed: Cores = 0
  public var memoryUsed: Megabytes = 0
  /// Whether a runner host is connected.
  public var runnerIsConnected = false
  public var groups: [Group] = []
  /// At most 100.
  public var running: [JobStatus] = []
  public var warnings: [Warning] = []
  public init() {}
}
