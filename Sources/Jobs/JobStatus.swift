/// A job as clients see it: what `GET /rest/v1/jobs/` shows of one.
public struct JobStatus: Hashable, Sendable {
  public var job: Job
  /// The group it is reported under: one it was asked for by, else its own.
  public var repGroup: RepGroup
  /// Empty unless asked for, and there.
  public var stdout = ""
  public var stderr = ""
  /// Whether the job's own environment was asked for.
  public var showsEnvironment = false
  /// How many similar jobs `limit` hides behind this one.
  public var similar = 0
  /// The wall time so far, of a job that runs.
  public var walltimeSoFar: Duration?
  /// Why it waits, in sentences; empty if it does not.
  public var waiting: [String] = []
  /// The stored environment that its own is applied over, if that was asked for.
  public var baseEnvironment: [String] = []

  /// What was stored with the job, with its own entries put in or appended; empty unless asked for.
  public var environment: [String] {
    guard showsEnvironment else { return [] }
    func name(_ entry: String) -> Substring { entry.prefix { $0 != "=" } }
    let own = job.spec.environment
    let overridden = Set(own.map(name))
    return baseEnvironment.filter { !overridden.contains(name($0)) } + own
  }

  public init(job: Job, repGroup: RepGroup? = nil) {
    self.job = job
    self.repGroup = repGroup ?? job.spec.repGroup
  }
}
