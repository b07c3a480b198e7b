import Jobs

/// What is to be different about jobs that wait; nil leaves it as it is (behaviour.md §2.5).
/// Their RepGroup cannot be changed.
public struct JobModification: Sendable, Hashable {
  public var cmd: String?
  public var cwd: String?
  public var cwdMatters: Bool?
  public var changeHome: Bool?
  public var reqGroup: ReqGroup?
  public var unixGroup: String?
  public var memory: Megabytes?
  public var time: Duration?
  public var cores: Cores?
  public var diskGigabytes: Int?
  /// Wishes that are added or replaced; an empty one is removed.
  public var other: [String: String]?
  public var override: Int?
  public var priority: Int?
  public var retries: Int?
  /// Zero for no limit.
  public var noRetryOverWalltime: Duration?
  public var limitGroups: [LimitGroup]?
  public var modules: [String]?
  public var depGroups: [DepGroup]?
  public var dependencies: [Dependency]?
  /// They replace those there are with the same triggers.
  public var behaviours: [Behaviour]?
  public var mounts: [Mount]?
  public var monitorDocker: String?
  public var withDocker: String?
  public var withSingularity: String?
  public var containerMounts: String?
  public var environment: [String]?

  public init() {}

  /// The job with all of this changed, its key too, but not tied to others anew.
  func applied(to job: Job) -> Job {
    var job = job
    modify(&job.spec)
    modify(&job.spec.requirements)
    modify(&job.requirements)
    if let retries {
      // As many failures as it has had still count.
      let failures = job.spec.retries + 1 - job.untilBuried
      job.spec.retries = retries
      if job.state != .buried { job.untilBuried = max(1, retries + 1 - failures) }
    }
    if cwdMatters == true { job.run.actualCwd = "/." }
    job.key = JobKey(of: job.spec)
    return job
  }

  private func modify(_ spec: inout JobSpec) {
    func set<Value>(_ path: WritableKeyPath<JobSpec, Value>, _ value: Value?) {
      if let value { spec[keyPath: path] = value }
    }
    set(\.cmd, cmd)
    set(\.cwd, cwd)
    set(\.cwdMatters, cwdMatters)
    set(\.changeHome, changeHome)
    set(\.reqGroup, reqGroup)
    set(\.unixGroup, unixGroup)
    set(\.override, override)
    set(\.priority, priority)
    set(\.limitGroups, limitGroups)
    set(\.modules, modules)
    set(\.depGroups, depGroups)
    set(\.dependencies, dependencies)
    set(\.mounts, mounts)
    set(\.monitorDocker, monitorDocker)
    set(\.withDocker, withDocker)
    set(\.withSingularity, withSingularity)
    set(\.containerMounts, containerMounts)
    set(\.environment, environment)
    if let noRetryOverWalltime {
      spec.noRetryOverWalltime = noRetryOverWalltime > .zero ? noRetryOverWalltime : nil
    }
    if let behaviours {
      let triggers = Set(behaviours.map(\.trigger))
      spec.behaviours = spec.behaviours.filter { !triggers.contains($0.trigger) } + behaviours
    }
  }

  private func modify(_ requirements: inout Requirements) {
    if let memory { requirements.memory = memory }
    if let time { requirements.time = time }
    if let cores { requirements.cores = cores }
    if let diskGigabytes {
      requirements.diskGigabytes = diskGigabytes
      requirements.diskIsSet = true
    }
    for (name, value) in other ?? [:] { requirements.other[name] = value.isEmpty ? nil : value }
  }
}
