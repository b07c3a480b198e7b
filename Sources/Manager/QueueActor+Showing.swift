import Jobs

/// One moment at which many jobs are shown: what is the same for jobs that are alike is found out
/// once.
struct Showing {
  let now: Now
  /// Whether environments are wanted.
  var env = false
  /// What was found out of an untried job, which holds for all with its traits in its state.
  fileprivate var last: (job: Job, expected: Requirements, waiting: [String])?

  init(now: Now, env: Bool = false) {
    self.now = now
    self.env = env
  }
}

extension QueueActor {
  /// A job as clients see it.
  func status(_ job: Job, _ showing: inout Showing, as entry: ListedJob? = nil) -> JobStatus {
    var status = JobStatus(job: job, repGroup: entry?.repGroup)
    status.similar = entry?.similar ?? 0
    if showing.env {
      status.showsEnvironment = true
      status.baseEnvironment = baseEnvironment(of: job.spec) ?? []
    }
    if let last = showing.last, isLike(last.job, job) {
      status.job.requirements = last.expected
      status.waiting = last.waiting
      return status
    }
    status.job.requirements = queue.expected(job)
    status.waiting = queue.waiting(job, mode: mode, now: showing.now)
    if case .running = job.state, let startedAt = job.run.startedAt {
      status.walltimeSoFar = max(.zero, showing.now.timestamp - startedAt)
    }
    if job.isUntried, job.id != queue.reservation?.job {
      showing.last = (job, status.job.requirements, status.waiting)
    }
    return status
  }

  /// Whether the same is to be said of two jobs, of which the first is untried.
  private func isLike(_ known: Job, _ job: Job) -> Bool {
    known.spec.traitsIdentity == job.spec.traitsIdentity && job.isUntried
      && known.state == job.state && job.id != queue.reservation?.job
  }
}
