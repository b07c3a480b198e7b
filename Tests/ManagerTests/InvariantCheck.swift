import Jobs

@testable import Manager

/// Checks everything that must hold between any two transitions of a queue.
///
/// What all jobs add up to is kept, so that a further check looks only at the jobs that have changed
/// since the last one, and at those that depend on them: whatever must hold for one job is decided
/// by its record and by the jobs it depends on.
struct InvariantCheck {
  /// What one job adds.
  private struct Share {
    var key: JobKey
    var depGroups: [DepGroup]
    /// Nil for a job that clients do not see yet.
    var tally: (group: RepGroup, state: String)?
    var holding: JobQueue.Holding?
    var isLost: Bool

    init(_ record: JobTable.Record, _ queue: JobQueue) {
      let job = record.job
      key = job.key
      depGroups = job.spec.depGroups
      tally = record.isStaged ? nil : (job.spec.repGroup, job.state.name)
      holding = queue.holdings[job.id]
      isLost = job.state.isLost
    }
  }

  private var shares: [JobID: Share] = [:]
  private var counts: [RepGroup: [String: Int]] = [:]
  private var used: Machine
  private var held: [LimitGroup: Int] = [:]
  private var attempts = 0
  private var lost = 0

  init(_ queue: JobQueue) {
    used = Machine(cores: queue.machine.cores, memory: queue.machine.memory)
  }

  /// What does not hold of the jobs that have changed, and of all sums.
  mutating func broken(_ queue: inout JobQueue) -> [String] {
    let changes = queue.table.takeChanges()
    return broken(changes ?? queue.table.ids, queue)
  }

  fileprivate mutating func broken(_ changed: Set<JobID>, _ queue: JobQueue) -> [String] {
    var open = changed
    for id in changed {
      if let old = shares.removeValue(forKey: id) {
        take(old)
        open.formUnion(dependants(old, queue))
      }
      guard let record = queue.table[id] else { continue }
      let new = Share(record, queue)
      shares[id] = new
      add(new)
      open.formUnion(dependants(new, queue))
    }
    return open.sorted().flatMap { id in
      queue.table[id].map { Self.broken($0, queue) } ?? []
    } + brokenSums(queue)
  }

  private func dependants(_ share: Share, _ queue: JobQueue) -> [JobID] {
    ([.key(share.key)] + share.depGroups.map { Prerequisite.group($0) })
      .flatMap { queue.graph.dependants(of: $0) }
  }

  private mutating func add(_ share: Share) {
    if let (group, state) = share.tally { counts[group, default: [:]][state, default: 0] += 1 }
    if let holding = share.holding {
      attempts += 1
      used.take(holding.room)
      for group in holding.limitGroups { held[group, default: 0] += 1 }
    }
    lost += share.isLost ? 1 : 0
  }

  private mutating func take(_ share: Share) {
    if let (group, state) = share.tally {
      counts[group]![state]! -= 1
      if counts[group]![state] == 0 { counts[group]![state] = nil }
      if counts[group]!.isEmpty { counts[group] = nil }
    }
    if let holding = share.holding {
      attempts -= 1
      used.giveBack(holding.room)
      for group in holding.limitGroups {
        held[group]! -= 1
        if held[group] == 0 { held[group] = nil }
      }
    }
    lost -= share.isLost ? 1 : 0
  }

  private func brokenSums(_ queue: JobQueue) -> [String] {
    let sums = [
      (shares.count == queue.table.count, "the table counts \(queue.table.count) jobs"),
      (attempts == queue.holders.count, "\(queue.holders.count) attempts, not \(attempts)"),
      (attempts == queue.holdings.count, "\(queue.holdings.count) rooms, not \(attempts)"),
      (held == queue.limitGroups.held, "limit groups: \(queue.limitGroups.held), not \(held)"),
      (lost == queue.lostCount, "\(lost) jobs are lost, not \(queue.lostCount)"),
      (used == queue.machine, "the machine's use is not the sum of its jobs"),
      (counts == queue.tally.groups, "the tally: \(queue.tally.groups), not \(counts)"),
    ]
    return sums.filter { !$0.0 }.map(\.1)
  }

  /// What does not hold for one job.
  private static func broken(_ record: JobTable.Record, _ queue: JobQueue) -> [String] {
    let job = record.job
    var broken: [String] = []
    func check(_ holds: Bool, _ words: @autoclosure () -> String) {
      if !holds { broken.append("job \(job.id.number), \(job.state.name): \(words())") }
    }
    check(queue.keys[job.key] == job.id, "not found by its key")
    if let attempt = job.state.attempt {
      check(queue.holders[attempt.id] == job.id, "its attempt does not hold it")
      check(queue.holdings[job.id] != nil, "runs without room")
    } else {
      check(queue.holdings[job.id] == nil, "has room and does not run")
    }
    check((0...job.spec.retries + 1).contains(job.untilBuried), "untilBuried is off")
    guard !record.isLeaving else {
      check(job.state == .complete || job.state == .deleted, "leaves alive")
      return broken
    }
    let prerequisites = job.spec.prerequisites
    let tied = prerequisites.filter { queue.graph.depends(job.id, on: $0) }
    check(record.isUploaded && tied.isEmpty || tied == prerequisites, "is not tied to others")
    let unmet = tied.count { !queue.graph.isMet($0) }
    check(record.unmet == unmet, "\(record.unmet) unmet, not \(unmet)")
    switch job.state {
    case .dependent: check(unmet > 0, "waits for nothing")
    case .ready, .delayed: check(unmet == 0, "does not wait")
    case .complete, .deleted: check(false, "has ended and stays")
    case .reserved, .running, .lost, .buried, .suspended: break
    }
    return broken
  }
}

extension JobQueue {
  /// What does not hold, all jobs looked at.
  func brokenInvariants() -> [String] {
    var check = InvariantCheck(self)
    return check.broken(table.ids, self)
  }
}

extension JobTable {
  /// All live jobs.
  var ids: Set<JobID> {
    var ids: Set<JobID> = []
    visit { ids.insert($0.job.id) }
    return ids
  }
}
