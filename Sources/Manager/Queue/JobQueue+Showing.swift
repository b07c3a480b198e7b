import Jobs

/// One moment at which many jobs are shown: what is the same for jobs that are alike is found out
/// once.
struct Showing {
  let now: Now
  /// Of the manager.
  let mode: ManagerMode
  /// Those that jobs share, by key, if environments are wanted.
  let environments: [EnvironmentKey: [String]]?
  /// What was found out of an untried job, which holds for all with its traits in its state.
  fileprivate var last: (job: Job, expected: Requirements, waiting: [String])?

  init(now: Now, mode: ManagerMode, environments: [EnvironmentKey: [String]]? = nil) {
    self.now = now
    self.mode = mode
    self.environments = environments
  }
}

/// What clients see of jobs. Of many at once, as each call from outside may copy the whole queue.
extension JobQueue {
  /// The live jobs in a state, as the disk knows them; all for nil.
  func jobs(in state: StateFilter?) -> [JobID] {
    let ids = table.unstagedIDs
    guard let state else { return ids }
    return ids.filter { isCommitted($0, in: state) }
  }

  /// The live jobs found under a group, in the order in which they joined it, in a state.
  func members(of group: RepGroup, in state: StateFilter? = nil) -> [JobID] {
    guard let ids = repGroups[group]?.ids else { return [] }
    var members: [JobID] = []
    members.reserveCapacity(ids.count)
    for id in ids where state.map({ isCommitted(id, in: $0) }) ?? isCommitted(id) {
      members.append(id)
    }
    return members
  }

  /// Whether `committed(_:)` has a job, and it is in a state.
  private func isCommitted(_ id: JobID, in state: StateFilter) -> Bool {
    table.look(at: id) { record in
      !record.isStaged
        && state.admits((shadow.isEmpty ? nil : shadow[id]?.state) ?? record.job.state)
    } ?? false
  }

  /// A job as clients see it.
  func status(_ job: Job, _ showing: inout Showing, as entry: ListedJob? = nil) -> JobStatus {
    var status = JobStatus(job: job, repGroup: entry?.repGroup)
    status.similar = entry?.similar ?? 0
    if let environments = showing.environments {
      status.showsEnvironment = true
      status.baseEnvironment = job.spec.environmentKey.flatMap { environments[$0] } ?? []
    }
    if let last = showing.last, isLike(last.job, job) {
      status.job.requirements = last.expected
      status.waiting = last.waiting
      return status
    }
    status.job.requirements = expected(job)
    status.waiting = waiting(job, mode: showing.mode, now: showing.now)
    if case .running = job.state, let startedAt = job.run.startedAt {
      status.walltimeSoFar = max(.zero, showing.now.timestamp - startedAt)
    }
    if job.isUntried, job.id != reservation?.job {
      showing.last = (job, status.job.requirements, status.waiting)
    }
    return status
  }

  /// Whether the same is to be said of two jobs, of which the first is untried.
  private func isLike(_ known: Job, _ job: Job) -> Bool {
    known.spec.traitsIdentity == job.spec.traitsIdentity && job.isUntried
      && known.state == job.state && job.id != reservation?.job
  }

  /// Of each listed job, if it is live, its status.
  func statuses(_ listed: some Collection<ListedJob>, _ showing: inout Showing) -> [JobStatus?] {
    var statuses: [JobStatus?] = []
    statuses.reserveCapacity(listed.count)
    for entry in listed {
      if case .live(let id, _) = entry.place, let job = committed(id) {
        statuses.append(status(job, &showing, as: entry))
      } else {
        statuses.append(nil)
      }
    }
    return statuses
  }

  /// The statuses of those of the jobs that are live.
  ///
  /// - Parameter staged: whether also those that are not on disk yet.
  func statuses(
    of ids: some Sequence<JobID>, staged: Bool = false, _ showing: inout Showing
  ) -> [JobStatus] {
    ids.compactMap { id in
      let known = table.look(at: id) { staged || !$0.isStaged ? $0.job : nil } ?? nil
      let job = shadow.isEmpty ? known : shadow[id] ?? known
      return job.map { status($0, &showing) }
    }
  }

  /// Of each listed job, if it is live, the job.
  func committed(_ listed: [ListedJob]) -> [Job?] {
    listed.map { entry in
      if case .live(let id, _) = entry.place { committed(id) } else { nil }
    }
  }

  /// Of each of the jobs, if it is live, what it is.
  func committed(_ ids: [JobID]) -> [Job?] { ids.map { committed($0) } }

  /// Of each key, if a live job has it, the number of that.
  func committed(_ keys: [JobKey?]) -> [JobID?] {
    keys.map { key in
      guard let key, let id = self.keys[key], isCommitted(id) else { return nil }
      return id
    }
  }
}
