/// What a runner host tells the manager of one attempt.
public enum RunReport: Hashable, Sendable {
  case started(RunStart)
  case ended(RunEnd)
  /// It has waited too long for room (`RunOrder.patience`), has not begun and never will: the job is
  /// the manager's again. From link version 3.
  case givenBack(AttemptID)

  public var attempt: AttemptID {
    switch self {
    case .started(let start): start.attempt
    case .ended(let end): end.attempt
    case .givenBack(let attempt): attempt
    }
  }
}

/// The command of an attempt runs.
public struct RunStart: Hashable, Sendable {
  public var attempt: AttemptID
  public var pid: Int
  /// Wall clock at the spawn.
  public var startedAt: Timestamp

  public init(attempt: AttemptID, pid: Int, startedAt: Timestamp) {
    self.attempt = attempt
    self.pid = pid
    self.startedAt = startedAt
  }
}

/// What is to become of a job whose attempt has ended (behaviour.md §6.9).
public enum Verdict: Hashable, Sendable {
  /// Exit code 0.
  case complete
  /// Failed: delayed if tries are left, else buried.
  case release(FailReason)
  /// Failed for good.
  case bury(FailReason)
}

/// How a runner host measured, and could end, what a command started.
public enum Meter: String, Hashable, Sendable, CaseIterable {
  /// By the process tree in `/proc`, sampled.
  case proc
  /// By a cgroup (v2) of its own.
  case cgroup
}

/// The end of an attempt, whether or not its command could be started.
public struct RunEnd: Hashable, Sendable {
  public var attempt: AttemptID
  public var verdict: Verdict
  /// Nil if the command never started; carried here too so that an end says all by itself.
  public var start: RunStart?
  public var exited: Bool
  /// -1 if it was ended by a signal or never started.
  public var exitCode: Int
  public var peakMemory: Megabytes
  public var peakDisk: Megabytes
  public var cpuTime: Duration
  /// From spawn to reap.
  public var walltime: Duration
  /// Wall clock at the reap.
  public var endedAt: Timestamp
  /// See `RunRecord.actualCwd`.
  public var actualCwd: String
  /// Head and tail of what it wrote, trimmed (behaviour.md §6.4); empty unless it failed, or is to
  /// be kept.
  public var stdout: String
  public var stderr: String
  public var meter: Meter

  public init(
    attempt: AttemptID, verdict: Verdict, start: RunStart? = nil, exited: Bool = false,
    exitCode: Int = -1, peakMemory: Megabytes = 0, peakDisk: Megabytes = 0,
    cpuTime: Duration = .zero, walltime: Duration = .zero, endedAt: Timestamp,
    actualCwd: String = "", stdout: String = "", stderr: String = "", meter: Meter = .proc
  ) {
    self.attempt = attempt
    self.verdict = verdict
    self.start = start
    self.exited = exited
    self.exitCode = exitCode
    self.peakMemory = peakMemory
    self.peakDisk = peakDisk
    self.cpuTime = cpuTime
    self.walltime = walltime
    self.endedAt = endedAt
    self.actualCwd = actualCwd
    self.stdout = stdout
    self.stderr = stderr
    self.meter = meter
  }
}

/// What a runner host says of itself and of every attempt it knows, first thing on every connect.
public struct Inventory: Hashable, Sendable {
  /// The version of the link protocol that this version of wr speaks, in both roles.
  public static let currentLinkVersion = 3
  /// The versions of the link that a manager of this version understands: hosts of an older wr,
  /// whose jobs go on through an upgrade, are among them as long as that is possible.
  public static let acceptedLinkVersions = 1...currentLinkVersion

  /// The version of the link protocol the host speaks.
  public var linkVersion: Int
  public var incarnation: Incarnation
  public var host: String
  public var hostID: String
  public var hostIP: String
  public var pid: Int
  /// Field 22 of `/proc/PID/stat`: with the pid it names the process for ever.
  public var startTicks: UInt64
  public var bootID: String
  /// What the machine has, or what the host was told to use of it.
  public var cores: Int
  public var memory: Megabytes
  /// Orders received whose command has not started, those included that are being given back.
  public var held: [AttemptID]
  public var running: [RunStart]
  /// Ended, and not yet acknowledged; their ends follow as reports.
  public var finished: [AttemptID]

  public init(
    linkVersion: Int = currentLinkVersion, incarnation: Incarnation, host: String,
    hostID: String = "",
    hostIP: String, pid: Int, startTicks: UInt64, bootID: String, cores: Int, memory: Megabytes,
    held: [AttemptID] = [], running: [RunStart] = [], finished: [AttemptID] = []
  ) {
    self.linkVersion = linkVersion
    self.incarnation = incarnation
    self.host = host
    self.hostID = hostID
    self.hostIP = hostIP
    self.pid = pid
    self.startTicks = startTicks
    self.bootID = bootID
    self.cores = cores
    self.memory = memory
    self.held = held
    self.running = running
    self.finished = finished
  }
}

/// A numbered batch of reports from one incarnation of a host. An empty batch is a sign of life.
public struct ReportBatch: Hashable, Sendable {
  public var incarnation: Incarnation
  /// Counts the batches of the incarnation from 1.
  public var sequence: UInt64
  /// All attempts whose commands run: the host is in touch with them.
  public var alive: [AttemptID]
  public var reports: [RunReport]
  /// What followers have asked for; of less worth than reports, and never sent again.
  public var written: [RunOutput]

  public init(
    incarnation: Incarnation, sequence: UInt64, alive: [AttemptID], reports: [RunReport],
    written: [RunOutput] = []
  ) {
    self.incarnation = incarnation
    self.sequence = sequence
    self.alive = alive
    self.reports = reports
    self.written = written
  }
}

/// The manager's answer to a batch, given once all of it is on disk.
public struct ReportAnswer: Hashable, Sendable {
  /// Ends that are recorded (or were stale): the host may delete its result.
  public var acknowledged: [AttemptID]
  /// Attempts the manager does not want any more: end them and forget them.
  public var discard: [AttemptID]

  public init(acknowledged: [AttemptID] = [], discard: [AttemptID] = []) {
    self.acknowledged = acknowledged
    self.discard = discard
  }
}
