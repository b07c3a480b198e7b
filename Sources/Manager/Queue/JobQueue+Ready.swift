import Jobs
import Platform

/// How waiting jobs come to stand among those to be placed.
extension JobQueue {
  /// A job of state ready takes its place among those to be placed; one that can never run here
  /// is buried instead, with the reason.
  mutating func enqueue(_ id: JobID, now: Now) {
    guard let job = table[id]?.job, case .ready = job.state else { return }
    let estimate = Estimate(of: job)
    let requirements = estimate.requirements(learning, machine: machine)
    if let reason = refusal(of: job, requirements) {
      change(id) { job in
        job.state = .buried
        job.untilBuried = 0
        job.requirements = requirements
        job.run.failReason = reason
      }
      removeIfAsked(id)
      return
    }
    let line = ready.insert(
      id,
      shape: ReadyOrder.Shape(
        priority: job.spec.priority, estimate: estimate, limitGroups: job.spec.limitGroups),
      requirements: { requirements }, size: { machine.size(of: $0) })
    table.update(id) { $0.line = line }
  }

  /// Why a job can never run on this machine; nil if it can.
  private func refusal(of job: Job, _ requirements: Requirements) -> FailReason? {
    func refused(_ why: String) -> FailReason {
      FailReason("\(FailReason.requirements.text): \(why)")
    }
    if let why = machine.impossibility(of: Machine.Room(for: requirements)) { return refused(why) }
    // These ask for a server to be made for the job, which no local scheduler can (§4.2).
    if let wish = requirements.other.keys.sorted().first(where: { $0.hasPrefix("cloud_") }) {
      return refused("\(wish) needs a cloud scheduler, this is the local one")
    }
    return nil
  }

  /// One dependency fewer is unmet for the job.
  mutating func dependencyMet(of id: JobID, now: Now) {
    guard table.contains(id) else { return }
    let unmet = table.update(id) { record in
      record.unmet -= 1
      return record.unmet
    }
    precondition(unmet >= 0, "job \(id.number) had no unmet dependency")
    guard unmet == 0, let record = table[id], case .dependent = record.job.state else { return }
    turn(id, to: .ready)
    if !record.isStaged { enqueue(id, now: now) }
  }

  /// One more dependency is unmet: a job that waits, waits for it too; one that was given to a
  /// host is left alone.
  mutating func dependencyAdded(to id: JobID) {
    guard table.contains(id) else { return }
    table.update(id) { $0.unmet += 1 }
    switch table[id]!.job.state {
    case .ready, .delayed: turn(id, to: .dependent)
    case .dependent, .reserved, .running, .lost, .buried, .suspended, .complete, .deleted: break
    }
  }

  /// Puts a job that holds nothing back among those that wait.
  mutating func makeReady(_ id: JobID, now: Now) {
    let isFree = table[id]!.unmet == 0
    turn(id, to: isFree ? .ready : .dependent)
    if isFree { enqueue(id, now: now) }
  }

  /// Jobs whose delay is over become ready; hosts out of touch lose their jobs.
  mutating func expire(now: Now) {
    while let delay = delays.first, delay.due <= now.instant {
      _ = delays.removeFirst()
      guard let job = table[delay.job]?.job, job.state == .delayed(until: delay.until) else {
        continue
      }
      makeReady(delay.job, now: now)
    }
    for (group, change) in windowChanges where change <= now.instant {
      windowChanges[group] = nil
      ready.unpark(group)
    }
    if let host, host.lastSeen + Self.timeToRelease <= now.instant {
      loseAll(of: host.incarnation, now: now)
    }
  }
}
