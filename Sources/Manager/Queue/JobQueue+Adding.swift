import Jobs

extension JobQueue {
  /// What became of the specs of one request.
  struct Admission {
    /// For each spec that is now in the queue, in the order given, its job.
    var jobs: [JobID] = []
    /// Those of them that are new.
    var new: [JobID] = []
  }

  /// Whether a spec with this key must wait until the next round: its predecessor's end or
  /// deletion is not on disk yet, and it would take its place.
  func mustWait(_ key: JobKey, rerun: Bool) -> Bool {
    guard let id = keys[key], let record = table[id], record.isLeaving else { return false }
    if case .deleted = record.job.state { return true }
    return rerun
  }

  /// Takes new jobs in, staged: all of them or, when an error is thrown, none.
  ///
  /// - Parameters:
  ///   - keys: of `specs`, in the same order.
  ///   - rerun: for each spec, whether it runs again if it is complete.
  ///   - complete: which of the keys are in the history.
  mutating func add(
    _ specs: [JobSpec], keys newKeys: [JobKey], rerun: [Bool], complete: Set<JobKey>, now: Now
  ) throws(QueueError) -> Admission {
    var admission = Admission()
    var duplicates: [(JobID, RepGroup)] = []
    for (index, spec) in specs.enumerated() {
      let key = newKeys[index]
      if let id = keys[key] {
        if table[id]?.isLeaving == true { continue }
        admission.jobs.append(id)
        duplicates.append((id, spec.repGroup))
        continue
      }
      if complete.contains(key), !rerun[index] { continue }
      let id = JobID(nextJobID)
      nextJobID += 1
      stage(Job(id: id, key: key, spec: spec, addedAt: now.timestamp, state: .ready))
      admission.jobs.append(id)
      admission.new.append(id)
    }
    link(admission.new)
    do {
      try refuseCycles(through: admission.new)
    } catch {
      unstage(admission.new, now: now)
      throw error
    }
    let new = Set(admission.new)
    for (id, group) in duplicates where !new.contains(id) { join(id, group) }
    return admission
  }

  /// Ties new jobs to what they depend on and to what depends on them. All provide before any
  /// depends, so that the order inside a request does not matter.
  mutating func link(_ new: [JobID]) {
    for id in new {
      let job = table[id]!.job
      for dependant in graph.provide(key: job.key, groups: job.spec.depGroups) {
        dependencyAdded(to: dependant)
      }
    }
    for id in new {
      let job = table[id]!.job
      let prerequisites = job.spec.prerequisites
      if prerequisites.isEmpty { continue }
      let unmet = graph.depend(id, on: prerequisites) { [keys, table] key in
        keys[key].map { table[$0]?.isLeaving == false } ?? false
      }
      table.update(id) { $0.unmet = unmet }
      if unmet > 0, case .ready = job.state { change(id) { $0.state = .dependent } }
    }
  }

  private func refuseCycles(through new: [JobID]) throws(QueueError) {
    // A circle that was not there before goes through a new job with dependencies.
    let roots = new.filter { id in
      let spec = table[id]!.job.spec
      return !spec.dependencies.isEmpty
        && graph.hasDependants(key: table[id]!.job.key, groups: spec.depGroups)
    }
    guard
      let cycle = graph.cycle(
        through: roots,
        provides: { id in
          let job = table[id]!.job
          return (job.key, job.spec.depGroups)
        })
    else { return }
    let parts = cycle.compactMap { vertex -> String? in
      switch vertex {
      case .job(let id): table[id].map { "\"\($0.job.spec.cmd)\"" }
      case .prerequisite(.group(let group)): "dependency group \"\(group)\""
      case .prerequisite(.key): nil
      }
    }
    let circle = (parts + parts.prefix(1)).joined(separator: " <- ")
    throw .invalid("the jobs would wait for each other for ever: \(circle)")
  }
}
