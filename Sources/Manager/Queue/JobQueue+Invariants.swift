import Jobs

extension JobQueue {
  /// Checks everything that must hold between any two transitions; for tests. O(jobs).
  ///
  /// - Returns: what does not hold.
  func brokenInvariants() -> [String] {
    var broken: [String] = []
    func check(_ holds: Bool, _ words: @autoclosure () -> String) {
      if !holds { broken.append(words()) }
    }
    var counts: [RepGroup: [String: Int]] = [:]
    var used = Machine(cores: machine.cores, memory: machine.memory)
    var held: [LimitGroup: Int] = [:]
    var lost = 0
    var live = 0
    table.visit { record in
      // Not as a copy: a job has some thirty parts to be counted in and out.
      let id = record.job.id
      let name = record.job.state.name
      live += 1
      check(keys[record.job.key] == id, "job \(id.number) is not found by its key")
      if !record.isStaged { counts[record.job.spec.repGroup, default: [:]][name, default: 0] += 1 }
      if let attempt = record.job.state.attempt {
        check(holders[attempt.id] == id, "attempt \(attempt.id) does not hold its job")
        check(holdings[id] != nil, "job \(id.number) runs without room")
        if let holding = holdings[id] {
          used.take(holding.room)
          for group in holding.limitGroups { held[group, default: 0] += 1 }
        }
        lost += record.job.state.isLost ? 1 : 0
      } else {
        check(holdings[id] == nil, "job \(id.number) has room and does not run")
      }
      if record.isLeaving {
        check(name == "complete" || name == "deleted", "job \(id.number) leaves alive")
      } else {
        let unmet =
          record.job.spec.dependencies.isEmpty
          ? 0 : record.job.spec.prerequisites.filter { !graph.isMet($0) }.count
        check(record.unmet == unmet, "job \(id.number): \(record.unmet) unmet, not \(unmet)")
        switch record.job.state {
        case .dependent: check(unmet > 0, "job \(id.number) waits for nothing")
        case .ready, .delayed: check(unmet == 0, "job \(id.number) does not wait")
        case .complete, .deleted: check(false, "job \(id.number) has ended and stays")
        case .reserved, .running, .lost, .buried: break
        }
      }
      check(
        (0...record.job.spec.retries + 1).contains(record.job.untilBuried), "untilBuried is off")
    }
    check(live == table.count, "the table counts \(table.count) of \(live) jobs")
    check(holders.count == holdings.count, "\(holders.count) attempts, \(holdings.count) rooms")
    check(held == limitGroups.held, "limit groups are off: \(limitGroups.held), not \(held)")
    check(lost == lostCount, "\(lost) jobs are lost, not \(lostCount)")
    check(used == machine, "the machine's use is not the sum of its jobs")
    check(counts == tally.groups, "the tally is off: \(tally.groups), not \(counts)")
    return broken
  }
}
