import Jobs
import Platform

extension JobQueue {
  /// How many of what a job depends on are named.
  private static let namedDependencies = 5

  /// Why a job that waits does so: sentences for people; empty for a job that does not wait.
  ///
  /// - Parameter mode: of the manager.
  func waiting(_ job: Job, mode: ManagerMode, now: Now) -> [String] {
    switch job.state {
    case .dependent: return unmetDependencies(of: job) + unjoinedGroups(of: job)
    case .delayed(let until):
      return ["delayed until \(utcText(seconds: until.seconds))"] + unjoinedGroups(of: job)
    case .ready: return hindrances(of: job, mode: mode, now: now) + unjoinedGroups(of: job)
    case .suspended: return ["suspended until somebody resumes it"]
    case .reserved, .running, .lost, .buried, .complete, .deleted: return []
    }
  }

  private func unmetDependencies(of job: Job) -> [String] {
    let unmet = job.spec.prerequisites.filter { !graph.isMet($0) }
    let words = unmet.prefix(Self.namedDependencies).map { prerequisite -> String in
      switch prerequisite {
      case .group(let group):
        let count = graph.liveCount(prerequisite)
        return "depends on group \(group): \(count) \(count == 1 ? "job is" : "jobs are")"
          + " not complete"
      case .key(let key):
        guard let parent = keys[key].flatMap({ table[$0]?.job }) else {
          return "depends on job \(key)"
        }
        return "depends on job \(key), which is \(parent.state.name): \(parent.spec.cmd)"
      }
    }
    let more = unmet.count - words.count
    return more > 0 ? words + ["depends on \(more) more"] : words
  }

  /// Groups it depends on that count as met only because nobody has ever joined them.
  private func unjoinedGroups(of job: Job) -> [String] {
    job.spec.prerequisites.compactMap { prerequisite in
      guard case .group(let group) = prerequisite, !graph.wasJoined(group) else { return nil }
      return "depends on group \(group), which no job has joined yet: it is not waited for"
    }
  }

  private func hindrances(of job: Job, mode: ManagerMode, now: Now) -> [String] {
    switch mode {
    case .paused: return ["the manager is paused"]
    case .draining: return ["the manager is draining: it starts no more jobs"]
    case .started: break
    }
    guard let host, host.isConnected else { return ["no runner host is connected"] }
    switch limitGroups.hindrance(of: job.spec.limitGroups, at: now.timestamp) {
    case .full(let group, let limit): return ["limit group \(group) is full: \(limit) may run"]
    case .closed(let group, nil): return ["limit group \(group) is closed for good"]
    case .closed(let group, let until?):
      return ["limit group \(group) is closed until \(utcText(seconds: until.seconds))"]
    case nil: break
    }
    let requirements = expected(job)
    let room = Machine.Room(for: requirements)
    let lacks = machine.lack(of: room)
    if !lacks.isEmpty { return lacks }
    if let reservation, reservation.job != job.id,
      now.instant + requirements.time > reservation.at, !reservation.machine.fits(room)
    {
      let key = table[reservation.job]?.job.key.description ?? ""
      return ["room is kept for job \(key), which is larger or of higher priority"]
    }
    return ["next in line"]
  }
}
