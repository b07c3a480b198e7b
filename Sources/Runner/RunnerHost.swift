import Glibc
import HTTP
import Jobs
import Platform

/// One machine's `wr runner`: takes orders from the manager, has a `RunnerActor` carry out each,
/// and keeps every result until the manager has it on disk.
///
/// Jobs never end because the manager does: the host reconnects, and tells what has happened.
public actor RunnerHost {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  private(set) var configuration: HostConfiguration
  let log: Log
  let files: HostFiles
  let sampler: UsageSampler
  private let spool: Spool
  var ledger = AttemptLedger()
  /// What is to be said of this host on every connect.
  var identity: Inventory?
  /// The stream of orders, and the connection that reports go over.
  var clients: [Client] = []
  var isConnected = false
  /// The manager has spoken over this link, so it takes what we report.
  var isHeard = false
  /// When the manager was last heard of.
  var lastContact = Instant.now
  /// When reports, or a sign of life, are due.
  var nextSign = Instant.now
  /// Told of reports to be sent, of a new link, and of the end.
  let reportsDue: Wakeup
  /// Told of the end, while waiting to connect again.
  let reconnect: Wakeup
  /// What was last logged of the link's trouble: the same is said once.
  var lastTrouble: String?
  /// The manager does not speak our version of the link: another host must follow us.
  var isUnwelcome = false
  /// The host ends as soon as nothing runs and the manager need be told nothing.
  var isStopping = false
  /// Until when a stopping host tries to be rid of its reports.
  var stopLimit: Instant?
  var isOver = false

  var runners: [AttemptID: RunnerActor] = [:]
  /// The attempt that each follower follows.
  var followed: [UInt64: AttemptID] = [:]
  /// What followers are to be told of attempts that are over.
  var written: [RunOutput] = []
  /// When they are to be told next, if there is something, and when they were last.
  var writtenDue: Instant?
  var lastWritten = Instant.now
  /// Runners to be started, once there is room.
  private var accepted: [RunnerActor] = []
  /// Some of them may be started, as there is more room than there was, or they need none.
  private var mayStartSome = false
  private(set) var rooms = RoomKeeper()
  /// Of attempts that have room and may be over soon: who follows them starts there.
  private var lanes: [AttemptID: Lane] = [:]
  /// Attempts whose lane was taken, on their way back: what came after them must not overtake them.
  private var returning: Set<AttemptID> = []
  /// Attempts that need no room, as they are to end before they start.
  private var doomed: Set<AttemptID> = []
  /// What is left of predecessors' attempts to be done.
  private var recovered: [(runner: RunnerActor, end: RunEnd?, isBehaving: Bool)] = []
  private var journalSlots: JournalSlots
  /// Told of something to be started or given back, and of the end.
  let changed: Wakeup

  /// - Parameter reactor: on which the host lives; it must be the one `run` is awaited from.
  public init(configuration: HostConfiguration, reactor: Reactor, log: Log) {
    self.configuration = configuration
    self.reactor = reactor
    self.log = log
    files = HostFiles(configuration)
    journalSlots = JournalSlots(StateDirectory(configuration.stateDirectory))
    spool = Spool(files, reactor: reactor)
    sampler = UsageSampler(reactor: reactor, reapsStrays: configuration.ownsProcess)
    reportsDue = Wakeup(on: reactor)
    reconnect = Wakeup(on: reactor)
    changed = Wakeup(on: reactor)
  }

  /// Works until the manager says to stop, or has been away for long with nothing to do.
  /// - Throws: `RunnerError` if another host has the lock, or the state directory cannot be used.
  public func run() async throws(RunnerError) {
    try await files.open()
    do throws(SystemError) {
      if configuration.ownsProcess { try adoptOrphans() }
      identity = try describeSelf()
    } catch {
      throw .system(error)
    }
    if configuration.ownsProcess {
      // In a job of another wr its tag stays: by that the host is found as what the job has left.
      if let identity, ProcessTag(of: getpid()) == nil {
        AttemptMark.hostTag(identity.incarnation).tagSelf()
      }
      configuration.cgroupRoot = await files.findCgroupRoot()
    }
    if let root = configuration.cgroupRoot { log.info("each job gets a cgroup below \(root)") }
    try await takeOver()
    lastContact = .now
    await withDiscardingTaskGroup { group in
      group.addTask { await self.sampler.run() }
      group.addTask { await self.keepLink() }
      group.addTask { await self.sendReports() }
      for attempt in recovered {
        group.addTask {
          await self.recover(attempt.runner, end: attempt.end, isBehaving: attempt.isBehaving)
        }
      }
      recovered = []
      while !isOver {
        for runner in await takeStartable() { group.addTask { await self.carryOut(runner) } }
        giveBackOverdue()
        await spool.note(ordersWaiting: accepted.count + rooms.promised.count)
        if await changed.wait(until: givingBackDue) == .closed { end() }
      }
      await sampler.stop()
    }
    do throws(RunnerError) { try await files.tidy() } catch { log.warning("\(error)") }
  }

  /// Ends all jobs as by a signal to stop, reports them, and ends the host (behaviour.md §6.9).
  public func interrupt() async {
    await kill(Array(runners.keys), for: .signal)
    stop()
  }

  // MARK: Attempts

  private func describeSelf() throws(SystemError) -> Inventory {
    let digits = try randomBytes(16).map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }
    return Inventory(
      incarnation: Incarnation(digits.joined()), host: configuration.host,
      hostID: configuration.hostID, hostIP: configuration.hostIP, pid: Int(getpid()),
      startTicks: startTicks(of: getpid()) ?? 0, bootID: try bootID(), cores: configuration.cores,
      memory: configuration.memory)
  }

  /// Ends what predecessors left running, and takes over the results they owed.
  private func takeOver() async throws(RunnerError) {
    guard let identity else { return }
    let left = try await files.recover(bootID: identity.bootID)
    for problem in left.problems { log.error("left by an earlier runner host: \(problem)") }
    for end in left.ends.values {
      _ = ledger.accept(end.attempt)
      ledger.finish(end)
    }
    journalSlots = JournalSlots(state, used: left.journalSlots)
    for (slot, entry) in left.entries {
      let attempt = entry.order.attempt
      let runner = RunnerActor(
        recovering: entry, journal: state.journalSlot(slot), configuration: configuration,
        sampler: sampler, spool: spool, reactor: reactor, log: log)
      if left.ends[attempt] == nil, entry.process != nil {
        log.warning("attempt \(attempt) was lost with the runner host that ran it")
        if entry.bootID == identity.bootID { await runner.endLeftContainer() }
      }
      recovered.append((runner, left.ends[attempt], entry.isBehaving))
    }
  }

  private func recover(_ runner: RunnerActor, end: RunEnd?, isBehaving: Bool) async {
    await runner.recover(end: end, isBehaving: isBehaving)
    journalSlots.giveBack(runner.journal)
  }

  private var state: StateDirectory { StateDirectory(configuration.stateDirectory) }

  /// The accepted runners that may be started now: those that have room, in their order, and those
  /// that are to end at once. While attempts that the manager does not want are being ended nothing
  /// else starts: the job of one may be the job of another.
  private func takeStartable() async -> [RunnerActor] {
    guard !accepted.isEmpty else { return [] }
    var startable = mayStartSome ? takeFitting() : []
    mayStartSome = false
    if !ledger.isDiscarding { startable += await takeFollowers(of: startable) }
    return startable
  }

  private func takeFitting() -> [RunnerActor] {
    let isDiscarding = ledger.isDiscarding
    let barrier = returning.min()
    var fitting: [RunnerActor] = []
    // Most often all that wait are alike: what there is no room for need not be tried for each.
    var refused: RunnerActor?
    accepted.removeAll { runner in
      let attempt = runner.order.attempt
      if isDiscarding {
        guard ledger.phases[attempt] == .discarded else { return false }
      } else if !doomed.contains(attempt) {
        if let barrier, barrier < attempt { return false }
        if let refused, refused.room == runner.room, refused.order.machine == runner.order.machine {
          return false
        }
        guard rooms.take(runner.room, for: runner.order) else {
          refused = runner
          return false
        }
      }
      fitting.append(runner)
      return true
    }
    return fitting
  }

  /// Looks again at who may be started.
  private func reviewAccepted() {
    mayStartSome = true
    if !accepted.isEmpty { changed.signal() }
  }

  /// How many may wait in a lane: some more than it takes not to run dry, so that the reactor need not
  /// hear of each end at once.
  private static let mostFollowers = 4

  /// The accepted runners, in their order, that are to start as soon as one that has room is over.
  private func takeFollowers(of started: [RunnerActor]) async -> [RunnerActor] {
    for runner in started where rooms.hasRoom(runner.order.attempt) && runner.leavesLane {
      lanes[runner.order.attempt] = await runner.workbench.lane
    }
    var followers: [RunnerActor] = []
    let barrier = returning.min()
    for (attempt, lane) in lanes where !lane.isTaken {
      var (last, count) = rooms.lastHeir(of: attempt) ?? (attempt, 0)
      while count < Self.mostFollowers, let next = accepted.first,
        barrier.map({ next.order.attempt < $0 }) ?? true, let before = runners[last],
        next.mayFollow(before), rooms.bequeath(last, to: next.order.attempt, next.room)
      {
        accepted.removeFirst()
        followers.append(next)
        await next.enter(lane)
        (last, count) = (next.order.attempt, count + 1)
      }
    }
    return followers
  }

  /// When the orders that wait for room are given back: once the first has waited for as long as it
  /// may, for then what runs is not what the manager took it for. Without a manager they wait on, to
  /// be run; and while others are being discarded it is not room that they wait for.
  private var givingBackDue: Instant? {
    guard isHeard, !ledger.isDiscarding, let first = accepted.first else { return nil }
    return first.orderedAt + RunOrder.patience
  }

  /// Gives the orders that wait for room back if that is due. Those in a lane are none of them: each
  /// has its room, or waits for one again, as soon as the start before it returns.
  private func giveBackOverdue() {
    guard let due = givingBackDue, due <= .now else { return }
    let overdue = accepted
    accepted = []
    for runner in overdue {
      letGo(of: runner)
      ledger.giveBack(runner.order.attempt)
    }
    followed = followed.filter { ledger.phases[$0.value] != .givenBack }
    reportsDue.signal()
    endIfDone()
  }

  private func carryOut(_ runner: RunnerActor) async {
    let attempt = runner.order.attempt
    let result = await runner.run(
      started: { start in await self.note(start) }, left: { await self.giveBackRoom(of: attempt) })
    await conclude(runner, result)
  }

  private func conclude(_ runner: RunnerActor, _ result: RunnerActor.RunResult) async {
    if case .mustWait = result { return await putBack(runner) }
    let attempt = runner.order.attempt
    await keepWritten(of: runner)
    letGo(of: runner)
    if returning.remove(attempt) != nil { reviewAccepted() }
    giveBackRoom(of: attempt)
    if case .ended(let end) = result, ledger.phases[attempt] != .discarded {
      ledger.finish(end)
      reportsDue.signal()
    } else {
      ledger.forget(attempt)
      // It may have been the last that others had to wait for.
      reviewAccepted()
      await files.drop([attempt])
    }
    endIfDone()
  }

  /// Nothing runs of the attempt any more, nor will.
  private func letGo(of runner: RunnerActor) {
    runners[runner.order.attempt] = nil
    journalSlots.giveBack(runner.journal)
    doomed.remove(runner.order.attempt)
  }

  /// The attempt that this one was to follow runs on, or it was called off: it waits for room again,
  /// in its turn.
  private func putBack(_ runner: RunnerActor) async {
    // Then all that wait behind it there must wait, too.
    if await runner.workbench.lane.isTaken {
      returning.formUnion(rooms.disinherit(from: runner.order.attempt))
    }
    returning.remove(runner.order.attempt)
    giveBackRoom(of: runner.order.attempt)
    await runner.enter(Lane())
    let place = accepted.firstIndex { $0.order.attempt > runner.order.attempt }
    accepted.insert(runner, at: place ?? accepted.endIndex)
    reviewAccepted()
  }

  /// What has waited for the attempt's room may start, or has started.
  private func giveBackRoom(of attempt: AttemptID) {
    if let lane = lanes.removeValue(forKey: attempt), !lane.isTaken,
      let heir = rooms.heir(of: attempt)
    {
      lanes[heir] = lane
    }
    switch rooms.giveBack(attempt) {
    case .nothing: break
    case .passedOn: changed.signal()
    case .room: reviewAccepted()
    }
  }

  /// The attempt's command runs on.
  private func note(_ start: RunStart) {
    lanes[start.attempt] = nil
    returning.formUnion(rooms.disinherit(from: start.attempt))
    ledger.start(start, now: .now)
    reportsDue.signal()
  }

  /// Does what the manager asks for.
  func obey(_ order: HostOrder) async {
    switch order {
    case .run(let order):
      guard let identity, !isStopping, ledger.accept(order.attempt) else { return }
      let runner = RunnerActor(
        order, incarnation: identity.incarnation, bootID: identity.bootID,
        journal: journalSlots.take(), configuration: configuration,
        sampler: sampler, spool: spool, reactor: reactor, log: log)
      runners[order.attempt] = runner
      accepted.append(runner)
      reviewAccepted()
    case .kill(let attempt): await kill([attempt], for: .user)
    case .discard(let attempt): await discard([attempt])
    case .ping: break
    case .follow(let wish): await follow(wish)
    case .unfollow(let follower): await unfollow(follower)
    case .stop(let killing):
      log.info("the manager says to stop")
      if killing { await kill(Array(runners.keys), for: .user) }
      stop()
    }
  }

  private func kill(_ attempts: [AttemptID], for cause: KillCause) async {
    for attempt in attempts {
      guard let runner = runners[attempt] else { continue }
      if ledger.phases[attempt] == .held { doomed.insert(attempt) }
      await runner.kill(for: cause)
    }
    reviewAccepted()
  }

  /// Ends attempts that the manager does not want, and forgets their results.
  func discard(_ attempts: [AttemptID]) async {
    var finished: [AttemptID] = []
    for attempt in attempts {
      switch ledger.discard(attempt) {
      case .finished: finished.append(attempt)
      case .held, .running: await runners[attempt]?.discard()
      case .givenBack, .discarded, nil: break
      }
    }
    // Nothing starts meanwhile, whoever it is to follow.
    if ledger.isDiscarding {
      for heir in rooms.promised { await runners[heir]?.callOff() }
      reviewAccepted()
    }
    if !finished.isEmpty { await files.drop(finished) }
    endIfDone()
  }

  // MARK: The end

  private func stop() {
    isStopping = true
    reportsDue.signal()
    reconnect.signal()
    endIfDone()
  }

  /// Ends the host if it is to stop, and nothing runs and nothing is owed.
  func endIfDone() {
    guard isStopping, !ledger.isBusy else { return }
    if ledger.owesReports {
      // What cannot be reported in time is kept on disk for the next host.
      stopLimit = stopLimit ?? .now + .seconds(30)
      reconnect.signal()
    } else {
      end()
    }
  }

  /// Ends everything that waits.
  func end() {
    isOver = true
    for wakeup in [changed, reportsDue, reconnect] { wakeup.signal() }
    // Their streams end by that, and with them their tasks.
    closeClients()
  }
}
