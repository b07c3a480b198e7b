import Glibc
import Jobs
import Platform

/// Runs one attempt, from its order to its end, and supervises its process.
///
///     prepare → launch → supervise (output ∥ usage ∥ orders to kill) → clear up → reap
///       → verdict → keep on disk → behaviours → close
///
/// A command that ends at once is supervised, cleared up and reaped within its launch.
actor RunnerActor {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  nonisolated let order: RunOrder
  /// When it was ordered.
  nonisolated let orderedAt = Instant.now
  /// What its command takes of the machine.
  nonisolated let room: Machine.Room
  /// Where the attempt's entry is.
  nonisolated let journal: JournalSlot
  private let configuration: HostConfiguration
  private let incarnation: Incarnation
  private let bootID: String
  private(set) lazy var workbench = makeWorkbench(Lane())
  /// Of the predecessor that began the attempt; nil if it is our own.
  private let left: JournalEntry?
  let sampler: UsageSampler
  private let spool: Spool
  let log: Log

  /// Told of an order to kill, and of the end of what is supervised.
  private let changed: Wakeup
  /// Told of each sample, and of the end.
  private let sampled: Wakeup
  /// Told of each sample, and of the end, too.
  let containerDue: Wakeup
  var usage: ProcessUsage?
  /// The container that belongs to the command, while that runs.
  var container: ContainerWatch?
  var peakDisk: Megabytes = 0
  var leftoversCPUTime: Duration = .zero
  /// The first reason the command was, or will be, ended for.
  var cause: KillCause?
  /// What is supervised now must be ended.
  var mustKill = false
  var isSupervising = false
  /// A predecessor started the command.
  private var wasStarted = false
  /// The command, while what it writes can be followed.
  var followed: RunningCommand?
  /// The command, if it was over before it could be followed.
  var brief: BriefCommand?
  var hasEnded = false
  /// Those who want to follow a command that does not run yet.
  var wishes: [UInt64: (wish: OutputWish, told: @Sendable () -> Void)] = [:]
  /// What followers have not been told yet of a command that has ended.
  var written: [RunOutput] = []
  /// Nobody wants to know the result.
  private(set) var isDiscarded = false

  init(
    _ order: RunOrder, incarnation: Incarnation, bootID: String, journal: JournalSlot,
    configuration: HostConfiguration, sampler: UsageSampler, spool: Spool, reactor: Reactor,
    log: Log
  ) {
    self.order = order
    room = Machine.Room(for: order.requirements)
    self.journal = journal
    self.configuration = configuration
    self.sampler = sampler
    self.spool = spool
    self.reactor = reactor
    self.log = log
    self.incarnation = incarnation
    self.bootID = bootID
    left = nil
    changed = Wakeup(on: reactor)
    sampled = Wakeup(on: reactor)
    containerDue = Wakeup(on: reactor)
  }

  /// Takes up an attempt of a predecessor that has ended.
  init(
    recovering entry: JournalEntry, journal: JournalSlot, configuration: HostConfiguration,
    sampler: UsageSampler, spool: Spool, reactor: Reactor, log: Log
  ) {
    order = entry.order
    room = Machine.Room(for: entry.order.requirements)
    self.journal = journal
    self.configuration = configuration
    self.sampler = sampler
    self.spool = spool
    self.reactor = reactor
    self.log = log
    incarnation = entry.incarnation
    bootID = entry.bootID
    left = entry
    changed = Wakeup(on: reactor)
    sampled = Wakeup(on: reactor)
    containerDue = Wakeup(on: reactor)
    wasStarted = entry.process != nil
  }

  /// Does what the predecessor could not do any more: behaviours that were not begun, those of a
  /// failure if there is no result, and clearing away. Of behaviours that were begun only cleaning
  /// up is done again: that can be done twice, a command must not be.
  func recover(end: RunEnd?, isBehaving: Bool) async {
    let wasStarted = wasStarted || end?.start != nil
    await wrapUp(
      wasStarted: wasStarted, succeeded: end?.verdict == .complete, isResuming: isBehaving)
  }

  /// Runs the behaviours, if there was a command, and clears away what is left.
  private func wrapUp(wasStarted: Bool, succeeded: Bool, isResuming: Bool = false) async {
    var steps =
      wasStarted ? BehaviourPlan.steps(order.spec.behaviours, succeeded: succeeded) : []
    if isResuming { steps.removeAll { $0 != .cleanUp } }
    // Cleaning up last goes with clearing away, which saves a change of thread.
    let cleansUp = steps.last == .cleanUp
    if cleansUp { steps.removeLast() }
    await behave(steps)
    do throws(RunnerError) {
      try await workbench.close(wasStarted: wasStarted, cleaningUp: cleansUp)
    } catch {
      let what = cleansUp ? "cleanup behaviour failed" : "temporary files are left"
      log.error("attempt \(order.attempt): \(what): \(error)")
    }
  }

  private func makeWorkbench(_ lane: Lane) -> Workbench {
    if let left {
      return Workbench(recovering: left, journal: journal, configuration: configuration)
    }
    return Workbench(
      order, incarnation: incarnation, bootID: bootID, journal: journal,
      configuration: configuration, lane: lane)
  }

  /// Starts its command in a lane, from now on: before it has begun.
  func enter(_ lane: Lane) { workbench = makeWorkbench(lane) }

  /// Has its start not begin, if it has not yet: it must wait.
  func callOff() { workbench.callOff() }

  /// Whether its room is free, and its lane, as soon as its command is over.
  nonisolated var leavesLane: Bool {
    !BehaviourPlan.runs(order.spec.behaviours) && !ContainerWatch.isWanted(by: order.spec)
  }

  /// Whether it may follow another in its lane. A file system that hangs must not hold up what has
  /// nothing to do with it, so both touch the same until they run: directory, `PATH`, program.
  nonisolated func mayFollow(_ other: RunnerActor) -> Bool {
    let (spec, first) = (order.spec, other.order.spec)
    return leavesLane && other.leavesLane && spec.cwd == first.cwd
      && order.baseEnvironment == other.order.baseEnvironment
      && spec.environment == first.environment
      && spec.cmd.utf8.prefix { $0 != UInt8(ascii: " ") }
        .elementsEqual(first.cmd.utf8.prefix { $0 != UInt8(ascii: " ") })
  }

  /// How an attempt has run.
  enum RunResult: Sendable {
    /// Its end, kept on disk already.
    case ended(RunEnd)
    case discarded
    /// It has not begun: its lane was taken, or it was called off.
    case mustWait
  }

  /// Runs the attempt.
  /// - Parameters:
  ///   - started: called when the command runs on.
  ///   - left: called when neither the command nor a behaviour of it needs room any more.
  func run(
    started: @Sendable (RunStart) async -> Void, left: @Sendable () async -> Void = {}
  ) async -> RunResult {
    let end: RunEnd
    do throws(NotStarted) {
      guard let ended = try await runCommand(started: started) else { return .mustWait }
      end = ended
    } catch {
      end = notStarted(error)
    }
    await endFollowing()
    if !BehaviourPlan.runs(order.spec.behaviours) { await left() }
    if await !keep(end, closing: leavesNothing(end) ? journal : nil) {
      await wrapUp(wasStarted: end.start != nil, succeeded: end.verdict == .complete)
    }
    return isDiscarded ? .discarded : .ended(end)
  }

  /// Once the result is kept there is nothing to be done any more, but to close the journal's entry.
  private func leavesNothing(_ end: RunEnd) -> Bool {
    end.start != nil && order.spec.cwdMatters && usage?.cgroup == nil
      && !ContainerCommand.isWanted(order.spec)
      && BehaviourPlan.steps(order.spec.behaviours, succeeded: end.verdict == .complete).isEmpty
  }

  /// Ends the command and all it has started; if it has not started, it will not.
  func kill(for cause: KillCause) {
    self.cause = self.cause ?? cause
    mustKill = true
    callOff()
    changed.signal()
  }

  /// Ends the attempt and has nobody told.
  func discard() {
    isDiscarded = true
    kill(for: .user)
  }

  // MARK: The command

  /// - Returns: nil if it must wait.
  private func runCommand(started: @Sendable (RunStart) async -> Void) async throws(NotStarted)
    -> RunEnd?
  {
    try refuseIfKilled()
    if ContainerWatch.isWanted(by: order.spec) {
      try await workbench.prepare()
      container = try await containerWatch()
      try refuseIfKilled()
    }
    workbench.lane.expect()
    guard let launch = try await workbench.launch() else { return nil }
    let (start, clock) = (launch.start, launch.clock)
    let workspace = launch.workspace
    if let problem = launch.cgroupProblem {
      log.warning(
        "attempt \(order.attempt): measured by /proc instead of a cgroup: \(problem)")
    }
    let memory = MemoryPeak(limit: order.requirements.memory, machine: configuration.memory)
    usage = ProcessUsage(memory: memory, cgroup: launch.cgroup)
    let progress = launch.progress
    switch consume progress {
    case .over(let brief, let process, let remains, let successor):
      self.brief = brief
      if let successor { workbench = successor }
      // They may take long, and it is no secret meanwhile that it has run.
      if BehaviourPlan.runs(order.spec.behaviours) { await started(start) }
      let ending = Ending(
        endedAt: brief.endedAt, process: process, remains: remains, output: brief.output)
      return await judge(ending, start: start, clock: clock, workspace: workspace)
    case .running(let launched, let root):
      await started(start)
      let command = RunningCommand(launched, reactor: reactor)
      await attend(command, root: root, workspace: workspace)
      let ending = await ending(of: command, root: root, clock: clock, measuring: true)
      return await judge(ending, start: start, clock: clock, workspace: workspace)
    }
  }

  /// Runs a process to its end, and ends it and its tree whenever that is ordered.
  func supervise(
    _ command: RunningCommand, root: ProcessRoot, gauge: DiskGauge?
  ) async {
    isSupervising = true
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.awaitEnd(of: command, root: root) }
      if let gauge { group.addTask { await self.watchDisk(gauge) } }
      if let container { group.addTask { await self.watch(container) } }
      while isSupervising {
        if mustKill {
          mustKill = false
          await endTree(of: root)
        } else if await changed.wait(until: nil) == .closed {
          break
        }
      }
    }
  }

  private func awaitEnd(of command: RunningCommand, root: ProcessRoot) async {
    do throws(SystemError) {
      try await command.run()
    } catch {
      log.error("attempt \(order.attempt): its process cannot be watched: \(error)")
      cause = cause ?? .signal
      await endTree(of: root)
    }
    isSupervising = false
    changed.signal()
    sampled.signal()
    containerDue.signal()
  }

  private func endTree(of root: ProcessRoot) async {
    let known = usage?.known ?? []
    let others = await sampler.others(than: order.attempt)
    async let remains = workbench.kill(root, known: known, others: others)
    await endContainer()
    take(await remains)
    await endContainer()
  }

  /// The most memory that was seen so far of the command's processes, and of its container.
  var memoryPeak: Megabytes { usage?.memory.peak ?? 0 }
  var containerPeak: Megabytes { get async { await container?.peak ?? 0 } }

  private func take(_ usage: ProcessUsage) {
    self.usage = usage
    if usage.memory.mustKill { kill(for: .memory) }
    sampled.signal()
    containerDue.signal()
  }

  func take(_ remains: Workbench.Remains) {
    leftoversCPUTime += remains.cpuTime
    peakDisk = max(peakDisk, remains.disk)
    tell(remains)
  }

  /// Logs what could not be ended.
  func tell(_ remains: Workbench.Remains) {
    if !remains.survivors.isEmpty {
      let pids = remains.survivors.map { String($0) }.joined(separator: ", ")
      log.error("attempt \(order.attempt): processes that cannot be ended: \(pids)")
    }
    if remains.isUncertain {
      log.error("attempt \(order.attempt): for want of descriptors its processes cannot be seen")
    }
  }

  private func watchDisk(_ gauge: DiskGauge) async {
    while await sampled.wait(until: nil) == .ready, isSupervising {
      let reading = await gauge.measure()
      peakDisk = max(peakDisk, reading.peak)
      if reading.isFull, isSupervising { kill(for: .disk) }
    }
  }

  // What a task holds while its command runs, each running job has; so what is large comes and goes
  // in functions of its own before and after.

  /// Sees to a command until it has ended.
  private func attend(_ command: RunningCommand, root: ProcessRoot, workspace: Workspace?) async {
    await beginWatching(root)
    await beginFollowing(command)
    let gauge = DiskGauge(
      directory: workspace?.paths.cwd ?? WorkspacePaths.absolute(order.spec.cwd),
      workspace: workspace)
    await supervise(command, root: root, gauge: gauge)
  }

  private func beginWatching(_ root: ProcessRoot) async {
    guard let usage else { return }
    await sampler.watch(usage, of: root, for: order.attempt) { await self.take($0) }
  }

  /// Clears up after a command that has ended, and reaps it.
  /// - Parameter measuring: also what it has left in its directories is found.
  func ending(
    of command: RunningCommand, root: ProcessRoot, clock: Stopwatch, measuring: Bool
  ) async -> Ending {
    let endedAt = await command.endedAt ?? .now
    let remains = await workbench.clearUp(
      root, known: usage?.known ?? [], others: await sampler.others(than: order.attempt),
      isYoung: clock.elapsed(until: endedAt) < UsageSampler.interval, measuring: measuring)
    let process = try? reap(command.pid)
    await sampler.unwatch(order.attempt)
    return Ending(
      endedAt: endedAt, process: process, remains: remains, output: await command.output)
  }

  private func refuseIfKilled() throws(NotStarted) {
    switch cause {
    case nil: return
    case .user: throw NotStarted(.bury(.killed), "")
    case .memory, .disk, .signal: throw NotStarted(.release(.signal), "")
    }
  }

  private func notStarted(_ reason: NotStarted) -> RunEnd {
    RunEnd(
      attempt: order.attempt, verdict: reason.verdict,
      endedAt: Timestamp(nanoseconds: wallClockNanoseconds()), stderr: reason.text)
  }

  // MARK: Afterwards

  /// - Parameter closing: the entry to be closed then.
  /// - Returns: whether it was closed.
  private func keep(_ end: RunEnd, closing: JournalSlot?) async -> Bool {
    guard !isDiscarded else { return false }
    do throws(RunnerError) {
      try await spool.keep(end, closing: closing)
      return closing != nil
    } catch {
      // The manager is told all the same; only our own death before that would lose it.
      log.error("attempt \(order.attempt): its result cannot be kept on disk: \(error)")
      return false
    }
  }
}
