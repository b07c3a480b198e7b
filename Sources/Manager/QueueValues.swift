import Jobs

/// Why a request to the queue is refused; the Web module turns it into a status and a sentence.
public enum QueueError: Error, Hashable, Sendable {
  /// 400: what was asked makes no sense, and why.
  case invalid(String)
  /// 503, or 507 if `full`: the store cannot write now; nothing was changed.
  case storage(String, full: Bool)
  /// 503: the manager is starting or stopping.
  case unavailable(String)
  /// 409: a runner host and this manager do not understand each other.
  case unknownLink(String)

  init(_ error: StoreError) { self = .storage(error.message, full: error.isFull) }
}

/// What became of the jobs of one request to add some.
public struct AddedJobs: Sendable {
  /// How many were not in the queue before.
  public var newCount = 0
  /// For each spec that is in the queue now, in order, the key of its job; what was skipped as
  /// already complete is left out.
  public var keys: [JobKey] = []
  /// The same jobs; empty unless they were wanted.
  public var jobs: [JobStatus] = []
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
  /// Whether it is to be found out of which jobs the output may be shown.
  public var showsOutput = false

  public init(identifiers: [String]? = nil) { self.identifiers = identifiers }
}

/// The values of the `state` parameter.
public enum StateFilter: String, Sendable, Hashable, CaseIterable {
  case delayed, ready, reserved, running, lost, buried, dependent, complete, deletable, suspended

  /// Whether a job in `state` passes. Reserved and running pass both as one (behaviour.md §11.3).
  func admits(_ state: JobState) -> Bool {
    switch (self, state) {
    case (.delayed, .delayed), (.ready, .ready), (.lost, .lost), (.buried, .buried),
      (.suspended, .suspended),
      (.dependent, .dependent), (.complete, .complete):
      true
    case (.reserved, .reserved), (.reserved, .running), (.running, .reserved),
      (.running, .running):
      true
    case (.deletable, .dependent), (.deletable, .ready), (.deletable, .delayed),
      (.deletable, .buried), (.deletable, .suspended):
      true
    default: false
    }
  }
}

/// A job on a list whose members are fixed.
public struct ListedJob: Sendable, Hashable {
  public enum Place: Sendable, Hashable {
    /// The key is there if it is what it was found by.
    case live(JobID, JobKey?)
    case history(row: Int64)
  }

  public var place: Place
  /// The group it was asked for by, if it was by group.
  public var repGroup: RepGroup?
  /// How many like it `limit` hides behind it.
  public var similar = 0
  /// Whether its output may be shown, if it has some when it is: not too many on the list have.
  public var mayShowOutput = false
}

/// The manager's mode as `/info/` shows it.
public enum ManagerMode: String, Sendable, Hashable { case started, paused, draining }

/// What the status page shows.
public struct Overview: Sendable {
  /// One rep group with live jobs.
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
  /// By name.
  public var groups: [Group] = []
  /// At most 100, the longest-running first.
  public var running: [JobStatus] = []
  public var warnings: [Warning] = []

  public init() {}
}
