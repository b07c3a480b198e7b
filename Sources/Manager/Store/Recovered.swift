import Jobs

/// What the store holds at a start, apart from the history.
public struct Recovered: Sendable {
  /// All live jobs, by ascending id.
  public var jobs: [Job] = []
  /// What the jobs share.
  var traits = JobTraitsPool()
  /// The groups, other than its own, under which the key of a live job is to be found: those it
  /// was also added with, and that of an earlier run in the history.
  public var memberships: [(group: RepGroup, key: JobKey)] = []
  /// The keys of live jobs that are in the history too: they run again.
  public var reruns: Set<JobKey> = []
  public var limits: [LimitGroup: Int] = [:]
  /// What was learnt of jobs.
  var lessons: [Learning.Lesson] = []
  /// Dependency groups that live jobs depend on and that jobs have joined at some time.
  public var joinedGroups: Set<DepGroup> = []
  /// Environments that live jobs share.
  public var environments: [EnvironmentKey: [String]] = [:]
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
