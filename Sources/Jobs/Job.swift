/// The number of a job in the order of its adding, which is also its row in the store. A job that
/// is run again after completion gets a new one.
public struct JobID: Hashable, Sendable, Comparable {
  public let number: Int64
  public init(_ number: Int64) { self.number = number }
  public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
}

/// A job that was accepted: its specification, where it is, and what its last run gave.
public struct Job: Hashable, Sendable {
  public let id: JobID
  public var key: JobKey
  public var spec: JobSpec
  /// Nil as long as there was none: not equal to an empty one.
  private var boxedRun: Boxed<RunRecord>?
  /// Nil as long as it is what was asked for.
  private var boxedRequirements: Boxed<Requirements>?
  public var addedAt: Timestamp
  public var state: JobState
  /// How many failures are left before it is buried: starts as retries + 1.
  public var untilBuried: Int
  /// How often its command was started, ever.
  public var attempts: Int

  /// What it is currently believed to need; starts as `spec.requirements`.
  public var requirements: Requirements {
    get { boxedRequirements?.value ?? spec.requirements }
    set { boxedRequirements = newValue == spec.requirements ? nil : Boxed(newValue) }
  }
  public var run: RunRecord {
    _read {
      if let boxedRun { yield boxedRun.value } else { yield Self.noRun }
    }
    _modify {
      if boxedRun == nil { boxedRun = Boxed(RunRecord()) }
      yield &boxedRun!.value
    }
  }

  /// Whether nothing is known of a run of it, because there was none.
  public var hasNoRun: Bool { boxedRun == nil }

  /// Whether it has never run, and is believed to need what was asked for: all that is expected of
  /// it is then by its traits.
  public var isUntried: Bool { boxedRequirements == nil && hasNoRun }

  /// Whether nothing has changed of it since it was added, but for whether it is dependent or ready,
  /// which follows from other jobs.
  public var isAsAdded: Bool {
    switch state {
    case .dependent, .ready: isUntried && attempts == 0 && untilBuried == spec.retries + 1
    case .delayed, .reserved, .running, .lost, .buried, .suspended, .complete, .deleted: false
    }
  }

  /// Takes back what an attempt that never began has changed of what is known of its runs, and of what
  /// it needs.
  public mutating func forgetAttempt(since before: Job) {
    (boxedRun, boxedRequirements) = (before.boxedRun, before.boxedRequirements)
  }

  /// The same where it is not known what was before, as another manager has reserved it: of an earlier
  /// run only why it failed is left, if the job was not lost meanwhile.
  public mutating func forgetAttempt() {
    if attempts == 0 {
      boxedRun = nil
    } else if case .lost = state {
      (run.failReason, run.endedAt, run.walltime) = (nil, nil, nil)
    }
  }

  private static let noRun = RunRecord()

  public init(
    id: JobID, key: JobKey, spec: JobSpec, addedAt: Timestamp, state: JobState,
    requirements: Requirements? = nil, untilBuried: Int? = nil, attempts: Int = 0,
    run: RunRecord? = nil
  ) {
    self.id = id
    self.key = key
    self.spec = spec
    boxedRun = run.flatMap { $0 == RunRecord() ? nil : Boxed($0) }
    self.addedAt = addedAt
    self.state = state
    self.untilBuried = untilBuried ?? spec.retries + 1
    self.attempts = attempts
    if let requirements { self.requirements = requirements }
  }
}

/// What is known of a job's current or last run. Stdout and stderr are kept apart, in the store.
public struct RunRecord: Hashable, Sendable {
  /// The working directory below the base directory, beginning with `/`; empty until a run ended.
  public var actualCwd = ""
  public var peakMemory: Megabytes = 0
  public var peakDisk: Megabytes = 0
  public var exited = false
  /// 0 before the first reservation, -1 from a reservation to the end and after a signal.
  public var exitCode = 0
  /// Kept while a retry runs; nil after success.
  public var failReason: FailReason?
  public var pid = 0
  public var host = ""
  public var hostID = ""
  public var hostIP = ""
  public var startedAt: Timestamp?
  public var endedAt: Timestamp?
  /// From spawn to reap by the runner host's monotonic clock; nil until the end.
  public var walltime: Duration?
  public var cpuTime: Duration = .zero
  /// How the last run that ended was measured.
  public var meter = Meter.proc

  public init() {}
}
