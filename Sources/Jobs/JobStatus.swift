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

  public init(job: Job, repGroup: RepGroup? = nil) {
    self.job = job
    self.repGroup = repGroup ?? job.spec.repGroup
  }
}
