import Jobs
import Platform

/// What one transaction writes.
///
/// A job stands in at most one of `puts`, `completions` and `deletions`.
public struct StoreBatch: Sendable {
  /// Live jobs to insert or rewrite. Of a job that the store has already, only what changes is
  /// written: not its specification, unless it stands in `changedSpecs`.
  public var puts: [Job] = []
  /// New jobs that are as they were added, in pieces that the store may have begun to write.
  public var pieces: [[Job]] = []
  /// Those of `puts` whose specification (or key) is no longer what was stored when they were
  /// added.
  public var changedSpecs: Set<JobID> = []
  /// Jobs that are complete: out of the live table, into the history, found under their groups.
  /// An earlier complete job of the same key is replaced.
  public var completions: [Job] = []
  /// Live jobs to remove.
  public var deletions: [JobID] = []
  /// What jobs wrote; replaces what is there. Deleted jobs lose theirs, and complete ones whose
  /// specification does not have it kept.
  public var outputs: [JobOutput] = []
  /// Further groups under which a key is to be found.
  public var memberships: [(group: RepGroup, key: JobKey)] = []
  /// Limits of limit groups; -1 for none.
  public var limits: [(group: LimitGroup, limit: Int)] = []
  /// What was learnt of jobs; what is there already stays.
  var lessons: [Learning.Lesson] = []
  /// Environments that jobs are to share; what is there already stays.
  public var environments: [EnvironmentKey: [String]] = [:]
  /// The runner host that the local scheduler runs; nil leaves what is stored.
  public var localHost: StoredHost?
  /// What is written of uploads.
  public var uploads: [UploadStep] = []
  /// The batch may take the space that is kept for the ends of running jobs (decision 38): it
  /// adds no jobs.
  public var mayUseReserve = false

  public init() {}

  /// There is nothing to write.
  public var isEmpty: Bool {
    puts.isEmpty && pieces.isEmpty && completions.isEmpty && deletions.isEmpty && outputs.isEmpty
      && memberships.isEmpty && limits.isEmpty && lessons.isEmpty && environments.isEmpty
      && localHost == nil && uploads.isEmpty
  }
}

/// What a job wrote, trimmed.
public struct JobOutput: Sendable, Hashable {
  public var job: JobID
  public var stdout: String
  public var stderr: String
  public init(job: JobID, stdout: String, stderr: String) {
    self.job = job
    self.stdout = stdout
    self.stderr = stderr
  }

  subscript(stream: OutputStream) -> String { stream == .stdout ? stdout : stderr }
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
