/// Where a job is, with exactly what is true there.
///
///     add ──▶ dependent ──▶ ready ──▶ reserved ──▶ running ──▶ complete
///                ▲            ▲  ▲        │        │  │  ▲
///                │            │  └────────┘        │  ▼  │
///                │            │  (never started)   │ lost
///                │         delayed ◀───────────────┤  │
///                └── buried ◀──────────────────────┴──┘
///
/// What is dependent, ready or delayed may be suspended; resumed, it is ready or dependent.
/// A job leaves the queue when it is complete (it goes to the history) or deleted.
public enum JobState: Hashable, Sendable {
  /// Waits for other jobs. → ready, deleted
  case dependent
  /// May be placed. → reserved, dependent, buried, deleted
  case ready
  /// Waits before its next attempt. → ready, dependent, deleted
  case delayed(until: Timestamp)
  /// Given to a runner host, not known to have started. → running, ready, delayed, buried, lost
  indirect case reserved(Attempt)
  /// Known to have started. → complete, delayed, buried, lost
  indirect case running(Attempt)
  /// With a runner host that is out of touch. → running, complete, ready, delayed, buried
  indirect case lost(Attempt)
  /// Has failed for good, until somebody kicks it. → ready, dependent, deleted
  case buried
  /// Would wait, but somebody wants it not to go on until it is resumed. → ready, dependent, deleted
  case suspended
  /// Has succeeded; lives in the history.
  case complete
  /// Was removed from the queue.
  case deleted

  /// The name clients see.
  public var name: String {
    switch self {
    case .dependent: "dependent"
    case .ready: "ready"
    case .delayed: "delayed"
    case .reserved: "reserved"
    case .running: "running"
    case .lost: "lost"
    case .buried: "buried"
    case .suspended: "suspended"
    case .complete: "complete"
    case .deleted: "deleted"
    }
  }

  public var isLost: Bool { if case .lost = self { true } else { false } }

  /// The attempt that holds the job, in the three states that have one.
  public var attempt: Attempt? {
    switch self {
    case .reserved(let attempt), .running(let attempt), .lost(let attempt): attempt
    case .dependent, .ready, .delayed, .buried, .suspended, .complete, .deleted: nil
    }
  }
}

/// One handing of a job to a runner host.
public struct Attempt: Hashable, Sendable {
  /// Never reused, over restarts too.
  public var id: AttemptID
  /// The incarnation of the runner host that holds it.
  public var incarnation: Incarnation
  /// The decimal digits that make the working directory's name unique; known before the start so
  /// that a successor host can find the directory.
  public var directorySuffix: String
  /// A person asked for the job to be killed.
  public var killRequested: Bool

  public init(
    id: AttemptID, incarnation: Incarnation, directorySuffix: String, killRequested: Bool = false
  ) {
    self.id = id
    self.incarnation = incarnation
    self.directorySuffix = directorySuffix
    self.killRequested = killRequested
  }
}

/// The number of an attempt: durable, unique for the life of the manager's database.
public struct AttemptID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let number: UInt64
  public init(_ number: UInt64) { self.number = number }
  public var description: String { String(number) }
  public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
}

/// One life of a runner host process: 32 random hexadecimal digits made at its start.
public struct Incarnation: Hashable, Sendable, CustomStringConvertible {
  public let text: String
  public init(_ text: String) { self.text = text }
  public var description: String { text }
}
