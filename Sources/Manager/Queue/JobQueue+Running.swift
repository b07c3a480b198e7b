import Jobs
import Platform

extension JobQueue {
  // MARK: Placing

  /// Reserves for the connected host every ready job that has room, in order.
  mutating func place(now: Now) {
    guard let host, host.isConnected else { return }
    var order = ready
    ready = ReadyOrder()
    var taken: [(JobID, Requirements)] = []
    var limitGroups = limitGroups
    var backfill = Backfill(
      machine: machine, ends: holdings.values.map { ($0.expectedEnd, $0.room) }, now: now.instant)
    var lookahead = Lookahead(
      machine: machine,
      held: holdings.values.map { holding in
        (holding.room, holding.shortUntil.map { now.instant < $0 } ?? false)
      })
    order.drain(
      holds: { id, line in
        table.look(at: id) { $0.line == line && $0.job.state == .ready } ?? false
      },
      decide: { id, line in
        let depth = Lookahead.depth(
          pace: learning.pace(
            of: line.shape.estimate.reqGroup, in: table.look(at: id) { $0.job.spec.repGroup },
            now: now.instant))
        // What waits on the host has its place in its limit groups, and must not keep others out.
        let goesAhead =
          !backfill.machine.fits(line.room) && line.shape.limitGroups.isEmpty
          && lookahead.admits(line.room, depth: depth)
        if backfill.machine.isFull, !goesAhead { return .stop }
        if let hindrance = limitGroups.hindrance(of: line.shape.limitGroups, at: now.timestamp) {
          if case .closed(let group, let change?) = hindrance {
            windowChanges[group] = now.instant(of: change)
          }
          return .park(hindrance.group)
        }
        if goesAhead { return .take }
        switch backfill.judge(id, line.room, time: line.requirements.time) {
        case .fits: return .take
        case .roomIsFull:
          lookahead.close()
          return .closeRoom
        case .wouldPutOff: return .passOver
        }
      },
      take: { id, line in
        backfill.take(line.room, time: line.requirements.time)
        lookahead.take(line.room, isShort: isShort(line.shape.estimate.reqGroup, now))
        limitGroups.take(line.shape.limitGroups)
        // It may stand in the line twice, if it left and came back.
        table.update(id) { $0.line = -1 }
        taken.append((id, line.requirements))
      })
    ready = order
    reservation = backfill.reservation
    for (id, requirements) in taken { reserve(id, requirements, for: host, now: now) }
  }

  private mutating func reserve(
    _ id: JobID, _ requirements: Requirements, for host: Host, now: Now
  ) {
    let before = table[id]!.job
    let attempt = Attempt(
      id: nextAttemptID(), incarnation: host.incarnation,
      directorySuffix: String(UInt32.random(in: 0...UInt32.max, using: &random)))
    change(id) { job in
      job.state = .reserved(attempt)
      job.requirements = requirements
      job.run.exited = false
      job.run.exitCode = -1
      job.run.pid = 0
      job.run.host = ""
      job.run.peakMemory = 0
      job.run.peakDisk = 0
      job.run.startedAt = nil
      job.run.endedAt = nil
      job.run.walltime = nil
    }
    hold(id, attempt, before: before, now: now)
    ask(.run(id, attempt.id))
  }

  /// Notes that an attempt holds a job, its room on the machine and its places in limit groups.
  ///
  /// - Parameter before: the job without it, if that is known.
  mutating func hold(_ id: JobID, _ attempt: Attempt, before: Job? = nil, now: Now) {
    let job = table[id]!.job
    let start = job.run.startedAt.map { now.instant(of: $0) } ?? now.instant
    let holding = Holding(
      room: Machine.Room(for: job.requirements), limitGroups: job.spec.limitGroups,
      expectedEnd: start + job.requirements.time,
      shortUntil: isShort(job.spec.reqGroup, now) ? now.instant + RunOrder.patience : nil,
      before: before)
    holders[attempt.id] = id
    holdings[id] = holding
    machine.take(holding.room)
    limitGroups.take(holding.limitGroups)
  }

  private func isShort(_ group: ReqGroup, _ now: Now) -> Bool {
    Lookahead.depth(pace: learning.pace(of: group, now: now.instant)) > 0
  }

  /// The opposite of `hold`, when an attempt is over.
  private mutating func letGo(_ id: JobID) {
    if let attempt = table[id]?.job.state.attempt { holders[attempt.id] = nil }
    guard let holding = holdings.removeValue(forKey: id) else { return }
    machine.giveBack(holding.room)
    limitGroups.giveBack(holding.limitGroups)
    for group in holding.limitGroups { ready.unpark(group) }
  }

  /// What the host is told for a reserved job; nil if the attempt is not current any more.
  func order(_ id: JobID, _ attempt: AttemptID) -> (Incarnation, RunOrder)? {
    guard let job = table[id]?.job, let current = job.state.attempt, current.id == attempt else {
      return nil
    }
    let order = RunOrder(
      attempt: attempt, key: job.key, spec: job.spec, requirements: job.requirements,
      directorySuffix: current.directorySuffix, untilBuried: job.untilBuried, machine: machine)
    return (current.incarnation, order)
  }

  /// Takes a reservation back of which nothing has come and nothing will: its order never arrived, or
  /// was given back. The job waits again as if it had not been reserved, unless a person wanted it
  /// dead. An attempt that is not current, or has begun, is left alone.
  mutating func withdraw(_ attempt: AttemptID, now: Now) {
    guard let id = holders[attempt], let job = table[id]?.job, hasNotBegun(job) else { return }
    let before = holdings[id]?.before
    letGo(id)
    if job.state.attempt?.killRequested == true {
      bury(id, .killed)
      return removeIfAsked(id)
    }
    change(id) { changed in
      if let before { changed.forgetAttempt(since: before) } else { changed.forgetAttempt() }
    }
    makeReady(id, now: now)
  }

  /// Whether a job is with a host that has told of no start.
  private func hasNotBegun(_ job: Job) -> Bool {
    switch job.state {
    case .reserved: true
    case .lost: job.run.startedAt == nil
    case .dependent, .ready, .delayed, .running, .buried, .suspended, .complete, .deleted: false
    }
  }

  // MARK: Reports

  /// Takes in what a host reports. Taking it again changes nothing.
  ///
  /// - Returns: what the host is told once that is on disk.
  mutating func take(_ batch: ReportBatch, now: Now) -> ReportAnswer {
    var answer = ReportAnswer()
    seen(batch.incarnation, now: now)
    for report in batch.reports {
      switch report {
      case .started(let start):
        if !self.start(start, now: now) { answer.discard.append(start.attempt) }
      case .ended(let end):
        finish(end, now: now)
        answer.acknowledged.append(end.attempt)
      case .givenBack(let attempt): withdraw(attempt, now: now)
      }
    }
    for attempt in batch.alive where !touch(attempt) { answer.discard.append(attempt) }
    return answer
  }

  /// The command of an attempt runs. Saying it twice changes nothing.
  ///
  /// - Returns: false if the attempt is not (or no longer) current.
  mutating func start(_ start: RunStart, now: Now) -> Bool {
    guard let id = holders[start.attempt], let job = table[id]?.job else { return false }
    let host = host
    switch job.state {
    case .reserved(let attempt):
      change(id) { job in
        job.state = .running(attempt)
        job.attempts += 1
        job.run.pid = start.pid
        job.run.startedAt = start.startedAt
        job.run.host = host?.name ?? ""
        job.run.hostID = host?.id ?? ""
        job.run.hostIP = host?.ip ?? ""
      }
      holdings[id]?.expectedEnd = now.instant + job.requirements.time
    case .lost: adopt(id, start)
    default: break
    }
    return true
  }

  /// The host is in touch with a running attempt.
  mutating func touch(_ attempt: AttemptID) -> Bool {
    guard let id = holders[attempt] else { return false }
    if case .lost? = table[id]?.job.state { adopt(id, nil) }
    return true
  }

  /// A lost job turns out to be running.
  private mutating func adopt(_ id: JobID, _ start: RunStart?) {
    guard case .lost(let attempt)? = table[id]?.job.state else { return }
    change(id) { job in
      // One that was lost before it was known to have started counts as started now.
      if job.run.startedAt == nil { job.attempts += 1 }
      job.state = .running(attempt)
      job.run.endedAt = nil
      job.run.walltime = nil
      if let start {
        job.run.pid = start.pid
        job.run.startedAt = start.startedAt
      }
    }
  }

  /// An attempt is over. Ends of attempts that are not current are ignored.
  mutating func finish(_ end: RunEnd, now: Now) {
    guard let id = holders[end.attempt] else { return }
    if let start = end.start { _ = self.start(start, now: now) }
    let isKilled = table[id]!.job.state.attempt?.killRequested == true
    letGo(id)
    change(id) { job in
      job.run.exited = end.exited
      job.run.exitCode = end.exitCode
      job.run.peakMemory = end.peakMemory
      job.run.peakDisk = end.peakDisk
      job.run.cpuTime = end.cpuTime
      job.run.actualCwd = end.actualCwd
      job.run.meter = end.meter
      if end.start != nil {
        job.run.walltime = end.walltime
        job.run.endedAt = end.endedAt
      }
    }
    if end.start != nil {
      let spec = table[id]!.job.spec
      learning.note(end.walltime, of: spec.reqGroup, in: spec.repGroup, now: now.instant)
    }
    switch end.verdict {
    case .complete:
      if table[id]!.job.spec.keepsOutput {
        note(JobOutput(job: id, stdout: end.stdout, stderr: end.stderr))
      }
      complete(id, now: now)
      return
    // It failed before the order came, or was never started: it is killed all the same
    // (decision 18), and not tried again.
    case .bury where isKilled, .release where isKilled: bury(id, .killed)
    case .bury(let reason): bury(id, reason)
    case .release(let reason): release(id, reason, counts: end.start != nil, now: now)
    }
    learn(Learning.lessons(of: table[id]!.job))
    note(JobOutput(job: id, stdout: end.stdout, stderr: end.stderr))
    removeIfAsked(id)
  }

  private mutating func complete(_ id: JobID, now: Now) {
    let job = table[id]!.job
    change(id) { job in
      job.state = .complete
      job.run.failReason = nil
    }
    learn(Learning.lessons(of: table[id]!.job))
    table.update(id) { $0.isLeaving = true }
    graph.forget(id, dependingOn: job.spec.prerequisites)
    for dependant in graph.withdraw(key: job.key, groups: job.spec.depGroups) {
      dependencyMet(of: dependant, now: now)
    }
  }

  private mutating func bury(_ id: JobID, _ reason: FailReason) {
    change(id) { job in
      job.state = .buried
      job.untilBuried = 0
      job.run.failReason = reason
    }
  }

  /// A failed attempt: the job is delayed, or buried if that was its last.
  ///
  /// - Parameter counts: whether a try is used up: not if the command never started.
  private mutating func release(_ id: JobID, _ reason: FailReason, counts: Bool, now: Now) {
    let job = table[id]!.job
    if counts, job.untilBuried <= 1 { return bury(id, reason) }
    let delay = RetryDelay.delay(
      retries: job.spec.retries, untilBuried: job.untilBuried, using: &random)
    let until = now.timestamp + delay
    let isFree = table[id]!.unmet == 0
    change(id) { job in
      if counts { job.untilBuried -= 1 }
      job.run.failReason = reason
      job.state = isFree ? .delayed(until: until) : .dependent
    }
    if isFree { delays.insert(Delay(due: now.instant + delay, job: id, until: until)) }
  }

  // MARK: Hosts

  /// A host is connected and has said which attempts it knows: everything that it holds, and all
  /// that hosts before it held, is settled (architecture.md §2).
  mutating func connect(_ inventory: Inventory, now: Now) {
    host = Host(
      incarnation: inventory.incarnation, name: inventory.host, id: inventory.hostID,
      ip: inventory.hostIP, isConnected: true, lastSeen: now.instant)
    let held = Set(inventory.held)
    let running = Dictionary(
      inventory.running.map { ($0.attempt, $0) }, uniquingKeysWith: { first, _ in first })
    let finished = Set(inventory.finished)
    for (attemptID, id) in holders.sorted(by: { $0.key < $1.key }) {
      guard let job = table[id]?.job, let attempt = job.state.attempt else { continue }
      if let start = running[attemptID] {
        _ = self.start(start, now: now)
      } else if finished.contains(attemptID) {
        continue
      } else if !held.contains(attemptID) {
        if attempt.incarnation == inventory.incarnation, hasNotBegun(job) {
          // The host never got the order, so the command cannot have started.
          withdraw(attemptID, now: now)
        } else {
          lose(id, now: now)
          confirmLost(id, now: now)
        }
        continue
      }
      if attempt.killRequested { ask(.kill(inventory.incarnation, attemptID)) }
    }
    for attempt in inventory.held + inventory.running.map(\.attempt)
    where holders[attempt] == nil {
      ask(.discard(inventory.incarnation, attempt))
    }
  }

  mutating func disconnect(_ incarnation: Incarnation) {
    if host?.incarnation == incarnation { host?.isConnected = false }
  }

  mutating func seen(_ incarnation: Incarnation, now: Now) {
    if host?.incarnation == incarnation { host?.lastSeen = now.instant }
  }

  /// The host process is provably gone: what it ran is lost until its successor has ended what is
  /// left of it.
  mutating func hostIsGone(_ incarnation: Incarnation, now: Now) {
    if host?.incarnation == incarnation { host = nil }
    loseAll(of: incarnation, now: now)
  }

  mutating func loseAll(of incarnation: Incarnation, now: Now) {
    for (_, id) in holders.sorted(by: { $0.key < $1.key })
    where table[id]?.job.state.attempt?.incarnation == incarnation {
      lose(id, now: now)
    }
  }

  /// Nobody is in touch with the job.
  private mutating func lose(_ id: JobID, now: Now) {
    guard let state = table[id]?.job.state, let attempt = state.attempt else { return }
    if case .lost = state { return }
    change(id) { job in
      job.state = .lost(attempt)
      job.run.failReason = .lost
      job.run.endedAt = now.timestamp
      // The wall clock may have been put back since.
      if let started = job.run.startedAt { job.run.walltime = max(.zero, now.timestamp - started) }
    }
    // A person wanted it dead already, and nobody is there to say that it is not.
    if attempt.killRequested {
      letGo(id)
      bury(id, .killed)
      change(id) { job in
        // It may have started without our hearing of it, so it counts as started.
        if job.run.startedAt == nil { job.attempts += 1 }
        job.run.endedAt = nil
      }
      removeIfAsked(id)
    }
  }

  /// A lost job is dead, by proof or by a person's word: it is tried again or buried.
  mutating func confirmLost(_ id: JobID, now: Now) {
    guard case .lost? = table[id]?.job.state else { return }
    letGo(id)
    change(id) { job in
      // It may have started without our hearing of it, so it counts as started.
      if job.run.startedAt == nil { job.attempts += 1 }
      job.run.exited = true
      job.run.exitCode = -1
      job.run.endedAt = nil
    }
    note(JobOutput(job: id, stdout: "", stderr: ""))
    release(id, .lost, counts: true, now: now)
    removeIfAsked(id)
  }
}
