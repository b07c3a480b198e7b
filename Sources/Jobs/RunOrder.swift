/// What the manager hands a runner host: run this job, as this attempt.
public struct RunOrder: Hashable, Sendable {
  public var attempt: AttemptID
  public var key: JobKey
  public var spec: JobSpec
  /// What the job is currently believed to need: its memory is the limit watched.
  public var requirements: Requirements
  /// See `Attempt.directorySuffix`.
  public var directorySuffix: String
  public var untilBuried: Int
  /// What the job's environment begins with: that of whoever added it; nil for the host's own.
  public var baseEnvironment: [String]?
  /// Of whose room the job needs its own before it may start, for it may be sent before there is
  /// any; nil to start it at once. Only its size counts.
  public var machine: Machine?

  public init(
    attempt: AttemptID, key: JobKey, spec: JobSpec, requirements: Requirements,
    directorySuffix: String, untilBuried: Int, baseEnvironment: [String]? = nil,
    machine: Machine? = nil
  ) {
    self.attempt = attempt
    self.key = key
    self.spec = spec
    self.requirements = requirements
    self.directorySuffix = directorySuffix
    self.untilBuried = untilBuried
    self.baseEnvironment = baseEnvironment
    self.machine = machine.map { Machine(cores: $0.cores, memory: $0.memory) }
  }

  /// How long an order waits for room before its host gives it back: ten times what the manager
  /// reckons with, so that none is that only was a little late.
  public static let patience = Duration.seconds(1)
}

/// One line of the stream of orders from the manager to a runner host.
public enum HostOrder: Hashable, Sendable {
  case run(RunOrder)
  /// End the attempt's processes. For an attempt that has not started yet: do not start it.
  case kill(AttemptID)
  /// The attempt is not (or no longer) the job's current one: end it, report nothing, forget it.
  case discard(AttemptID)
  /// Still there: sent every 15 s.
  case ping
  /// End: with `killing`, end all jobs first and report them; without, only when none runs.
  case stop(killing: Bool)
  /// Report what the attempt has written so far, and then what it writes. From link version 2.
  case follow(OutputWish)
  /// Nobody wants that any more.
  case unfollow(UInt64)
}
