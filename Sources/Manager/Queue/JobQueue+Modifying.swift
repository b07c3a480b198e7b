import Jobs

extension JobQueue {
  /// What became of a job that was modified.
  struct Modified: Hashable {
    var id: JobID
    var old: JobKey
    var new: JobKey
  }

  /// Changes jobs that are not with a host; those that are, and those that would become the same
  /// as another job, are left as they are.
  ///
  /// Jobs that depend on one whose key changes go on depending on it.
  ///
  /// - Parameters:
  ///   - complete: which of the keys that the jobs would get are in the history.
  ///   - joined: groups depended on that jobs have joined at some time.
  /// - Throws: if they would wait for each other for ever; nothing is changed then.
  mutating func modify(
    _ ids: [JobID], _ modification: JobModification, complete: Set<JobKey>,
    joined: Set<DepGroup> = [], now: Now
  ) throws(QueueError) -> [Modified] {
    var before: [Job] = []
    var modified: [Modified] = []
    var seen: Set<JobID> = []
    for id in ids where isModifiable(id) && seen.insert(id).inserted {
      let old = table[id]!.job
      let new = modification.applied(to: old)
      if new.key != old.key, keys[new.key] != nil || complete.contains(new.key) { continue }
      before.append(old)
      before.append(contentsOf: followers(of: old, new.key).map { table[$0]!.job })
      modified.append(Modified(id: id, old: old.key, new: new.key))
      replace(id, by: new, joined: joined, now: now)
    }
    do {
      try refuseCycles(through: modified.map(\.id))
    } catch {
      for job in before.reversed() { replace(job.id, by: job, joined: joined, now: now) }
      for job in before {
        change(job.id) { $0.state = job.state }
        reconsider(job.id, now: now)
      }
      throw error
    }
    for one in modified { reconsider(one.id, now: now) }
    return modified
  }

  /// The keys that jobs would have.
  func keys(of ids: [JobID], _ modification: JobModification) -> [JobKey] {
    ids.filter { isModifiable($0) }.map { modification.applied(to: table[$0]!.job).key }
  }

  /// Whether a job waits, is known to clients, and stays.
  func isModifiable(_ id: JobID) -> Bool {
    guard let record = table[id], !record.isStaged, !record.isLeaving else { return false }
    switch record.job.state {
    case .dependent, .ready, .delayed, .buried, .suspended: return true
    case .reserved, .running, .lost, .complete, .deleted: return false
    }
  }

  /// Puts a job in the place of what it was, and ties it to others anew: first to the new, then
  /// off the old, so that no dependant is free in between.
  private mutating func replace(_ id: JobID, by new: Job, joined: Set<DepGroup>, now: Now) {
    let old = table[id]!.job
    let followers = followers(of: old, new.key)
    keys[old.key] = nil
    keys[new.key] = id
    change(id) { job in
      let state = job.state
      job = new
      job.state = state
    }
    noteChangedSpec(id)
    if new.key != old.key { renewMemberships(id) }
    for dependant in graph.provide(key: new.key, groups: new.spec.depGroups) {
      dependencyAdded(to: dependant)
    }
    depend(id, insteadOf: old.spec.prerequisites, joined: joined)
    for follower in followers { follow(follower, from: old.key, to: new.key) }
    for dependant in graph.withdraw(key: old.key, groups: old.spec.depGroups) {
      dependencyMet(of: dependant, now: now)
    }
  }

  /// The jobs that depend on one by its key, if that is to change.
  private func followers(of job: Job, _ newKey: JobKey) -> [JobID] {
    newKey == job.key
      ? [] : graph.dependants(of: .key(job.key)).filter { $0 != job.id && table.contains($0) }
  }

  /// Notes what a job depends on now, and whether it therefore waits.
  private mutating func depend(
    _ id: JobID, insteadOf old: [Prerequisite], joined: Set<DepGroup> = []
  ) {
    let prerequisites = table[id]!.job.spec.prerequisites
    let unmet = graph.depend(id, on: prerequisites, joined: joined) { [keys, table] key in
      keys[key].map { table[$0]?.isLeaving == false } ?? false
    }
    let kept = Set(prerequisites)
    graph.forget(id, dependingOn: old.filter { !kept.contains($0) })
    table.update(id) { $0.unmet = unmet }
    switch table[id]!.job.state {
    case .ready where unmet > 0, .delayed where unmet > 0: change(id) { $0.state = .dependent }
    default: break
    }
  }

  /// Has a job that depends on one whose key has changed depend on the new key.
  private mutating func follow(_ id: JobID, from key: JobKey, to newKey: JobKey) {
    let old = table[id]!.job.spec.prerequisites
    change(id) { job in
      job.spec.dependencies = job.spec.dependencies.map { dependency in
        switch dependency {
        case .key(key): .key(newKey)
        case .command(let cmd, let cwd) where JobKey(ofCommand: cmd, cwd: cwd) == key:
          .key(newKey)
        default: dependency
        }
      }
    }
    noteChangedSpec(id)
    depend(id, insteadOf: old)
  }

  /// A modified job may be free to go now, or stand in another line.
  private mutating func reconsider(_ id: JobID, now: Now) {
    switch table[id]!.job.state {
    case .dependent where table[id]!.unmet == 0: makeReady(id, now: now)
    case .ready: enqueue(id, now: now)
    default: break
    }
  }
}
