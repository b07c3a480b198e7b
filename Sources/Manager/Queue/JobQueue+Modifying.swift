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
  /// - Parameter complete: which of the keys that the jobs would get are in the history.
  /// - Throws: if they would wait for each other for ever; nothing is changed then.
  mutating func modify(
    _ ids: [JobID], _ modification: JobModification, complete: Set<JobKey>, now: Now
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
      replace(id, by: new, now: now)
    }
    do {
      try refuseCycles(through: modified.map(\.id))
    } catch {
      for job in before.reversed() { replace(job.id, by: job, now: now) }
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
    case .dependent, .ready, .delayed, .buried: return true
    case .reserved, .running, .lost, .complete, .deleted: return false
    }
  }

  /// Puts a job in the place of what it was, and ties it to others anew.
  private mutating func replace(_ id: JobID, by new: Job, now: Now) {
    let old = table[id]!.job
    let followers = followers(of: old, new.key)
    graph.forget(id, dependingOn: old.spec.prerequisites)
    for dependant in graph.withdraw(key: old.key, groups: old.spec.depGroups) {
      dependencyMet(of: dependant, now: now)
    }
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
    depend(id)
    for follower in followers { follow(follower, from: old.key, to: new.key) }
  }

  /// The jobs that depend on one by its key, if that is to change.
  private func followers(of job: Job, _ newKey: JobKey) -> [JobID] {
    newKey == job.key
      ? [] : graph.dependants(of: .key(job.key)).filter { $0 != job.id && table.contains($0) }
  }

  /// Notes what a job depends on, and whether it therefore waits.
  private mutating func depend(_ id: JobID) {
    let unmet = graph.depend(id, on: table[id]!.job.spec.prerequisites) { [keys, table] key in
      keys[key].map { table[$0]?.isLeaving == false } ?? false
    }
    table.update(id) { $0.unmet = unmet }
    switch table[id]!.job.state {
    case .ready where unmet > 0, .delayed where unmet > 0: change(id) { $0.state = .dependent }
    default: break
    }
  }

  /// Has a job that depends on one whose key has changed depend on the new key.
  private mutating func follow(_ id: JobID, from key: JobKey, to newKey: JobKey) {
    graph.forget(id, dependingOn: table[id]!.job.spec.prerequisites)
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
    depend(id)
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
