import Jobs
import Platform

extension JobQueue {
  /// Asks for a reserved or running job to be ended.
  ///
  /// - Returns: false if the job is in another state.
  mutating func kill(_ id: JobID) -> Bool {
    guard var attempt = table[id]?.job.state.attempt else { return false }
    let incarnation = attempt.incarnation
    switch table[id]!.job.state {
    case .reserved:
      attempt.killRequested = true
      change(id) { $0.state = .reserved(attempt) }
    case .running:
      attempt.killRequested = true
      change(id) { $0.state = .running(attempt) }
    default: return false
    }
    ask(.kill(incarnation, attempt.id))
    return true
  }

  /// Has a job that waits, for whatever it may be, not go on until it is resumed.
  ///
  /// - Returns: false if the job is in another state.
  mutating func suspend(_ id: JobID) -> Bool {
    guard let record = table[id], !record.isStaged, !record.isLeaving else { return false }
    switch record.job.state {
    case .dependent, .ready, .delayed:
      // What stands of it in lines and among delays is passed over when its turn comes.
      change(id) { $0.state = .suspended }
      return true
    case .reserved, .running, .lost, .buried, .suspended, .complete, .deleted: return false
    }
  }

  /// Lets a suspended job wait its turn again; what was left of a delay is over.
  ///
  /// - Returns: false if the job is in another state.
  mutating func resume(_ id: JobID, now: Now) -> Bool {
    guard case .suspended? = table[id]?.job.state else { return false }
    makeReady(id, now: now)
    return true
  }

  /// Gives a buried job all its tries back and lets it wait its turn again.
  mutating func kick(_ id: JobID, now: Now) -> Bool {
    guard case .buried? = table[id]?.job.state else { return false }
    change(id) { $0.untilBuried = $0.spec.retries + 1 }
    makeReady(id, now: now)
    return true
  }

  /// Deletes those of the jobs that are not with a host and that no job outside depends upon.
  ///
  /// - Returns: the deleted, in the order given.
  mutating func delete(_ ids: [JobID]) -> [JobID] {
    let candidates = Set(ids.filter { isDeletable($0) })
    var members: [DepGroup: [JobID]] = [:]
    for id in candidates {
      for group in table[id]!.job.spec.depGroups { members[group, default: []].append(id) }
    }
    var deleted: Set<JobID> = []
    // A candidate with dependants is passed over; it comes up again when the last of them goes.
    var open = ids.filter { candidates.contains($0) }
    while let id = open.popLast() {
      let job = table[id]!.job
      if deleted.contains(id) || graph.hasDependants(key: job.key, groups: job.spec.depGroups) {
        continue
      }
      let prerequisites = job.spec.prerequisites
      graph.forget(id, dependingOn: prerequisites)
      _ = graph.withdraw(key: job.key, groups: job.spec.depGroups)
      change(id) { $0.state = .deleted }
      table.update(id) { $0.isLeaving = true }
      deleted.insert(id)
      for prerequisite in prerequisites where !graph.hasDependants(prerequisite) {
        switch prerequisite {
        case .key(let key): if let id = keys[key], candidates.contains(id) { open.append(id) }
        case .group(let group): open.append(contentsOf: members[group] ?? [])
        }
      }
    }
    var seen: Set<JobID> = []
    return ids.filter { deleted.contains($0) && seen.insert($0).inserted }
  }

  /// Deletes a job that was buried, for whatever reason, if a behaviour of it says so and no other
  /// job needs it (behaviour.md §7.2, "remove").
  mutating func removeIfAsked(_ id: JobID) {
    guard let job = table[id]?.job, case .buried = job.state,
      job.spec.behaviours.contains(where: { $0.action == .remove })
    else { return }
    _ = delete([id])
  }

  private func isDeletable(_ id: JobID) -> Bool {
    guard let record = table[id], !record.isStaged, !record.isLeaving else { return false }
    switch record.job.state {
    case .dependent, .ready, .delayed, .buried, .suspended: return true
    case .reserved, .running, .lost, .complete, .deleted: return false
    }
  }

  /// Takes in what the store held at a start.
  mutating func restore(_ recovered: Recovered, now: Now) {
    nextJobID = max(nextJobID, recovered.nextJobID)
    for (group, limit) in recovered.limits { limitGroups.set(limit, of: group) }
    for lesson in recovered.lessons { _ = learning.record(lesson) }
    traits = recovered.traits
    for job in recovered.jobs {
      // Staged until all are linked: that one is dependent or ready after all is no change then.
      table.insert(JobTable.Record(job: job, isStaged: true))
      keys[job.key] = job.id
      repGroups[job.spec.repGroup, default: GroupMembers()].append(job.id)
    }
    for (group, key) in recovered.memberships {
      guard let id = keys[key], table[id]!.job.spec.repGroup != group else { continue }
      table.update(id) { $0.alsoIn.append(group) }
      repGroups[group, default: GroupMembers()].append(id)
    }
    for key in recovered.reruns { if let id = keys[key] { reruns.insert(id) } }
    provide(recovered.jobs.lazy.map(\.id))
    depend(recovered.jobs.lazy.map(\.id), joined: recovered.joinedGroups)
    for job in recovered.jobs {
      let (state, alsoIn) = table.update(job.id) { record in
        if case .dependent = record.job.state, record.unmet == 0 { record.job.state = .ready }
        record.isStaged = false
        return (record.job.state, record.alsoIn)
      }
      tally.enter(job.spec.repGroup, state)
      for group in alsoIn { jointTally.enter(group, state) }
      switch state {
      case .ready: enqueue(job.id, now: now)
      case .delayed(let until):
        // The wall clock may have been put back since: no delay grows by that.
        let due = min(now.instant(of: until), now.instant + RetryDelay.longest)
        delays.insert(Delay(due: due, job: job.id, until: until))
      case .reserved(let attempt), .running(let attempt), .lost(let attempt):
        hold(job.id, attempt, now: now)
        if job.state.isLost { noteRestoredLoss() }
      case .dependent, .buried, .suspended, .complete, .deleted: break
      }
    }
    // Until a host says otherwise, the one that held jobs is taken to be there: after a minute
    // without a word its jobs are lost.
    if let incarnation = recovered.localHost?.incarnation
      ?? holders.values.first.flatMap({
        table[$0]?.job.state.attempt?.incarnation
      })
    {
      host = Host(
        incarnation: incarnation, name: "", id: "", ip: "", isConnected: false,
        lastSeen: now.instant)
    }
  }
}
