import Jobs
import Platform

/// Owns the state of all jobs that are not in the history. Lives on the reactor.
///
/// Every request changes the `JobQueue` at once and then waits for the round that writes the
/// change; `run()` makes the rounds, one after the other, each with all that has gathered
/// meanwhile (group commit).
public actor QueueActor {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  var queue: JobQueue
  let history: HistoryReader
  let log: Log
  var warnings = Warnings()
  var links: [Incarnation: Link] = [:]
  public internal(set) var mode = ManagerMode.started

  let store: StoreActor
  let wakeup: Wakeup
  private var adds: [PendingAdd] = []
  private var waiters: [CheckedContinuation<QueueError?, Never>] = []
  /// Raised after every commit.
  let committed: Wakeup
  private let stopped: Wakeup
  /// Raised whenever no job is with a host.
  private let idle: Wakeup
  /// After a failed commit: not before then.
  private var retryAt: Instant?
  private var isStopping = false
  /// There will be no more rounds, so nothing may wait for one.
  private var isOver = false
  private var storeIsFailing = false
  var nextPing: Instant?
  /// Those who follow what jobs write, by a number that is never given twice.
  var followers: [UInt64: Follower] = [:]
  var nextFollower: UInt64 = 0
  /// The runner host process of this machine, as far as we know one.
  public internal(set) var localHost: StoredHost?
  /// Hosts that speak a version of the link that we don't know: told of once each.
  var refusedHosts: Set<Incarnation> = []
  /// Hosts are told to end all jobs, and themselves.
  private(set) var endsJobs = false
  /// Environments that jobs share, of those added or recovered since the start.
  private(set) var environments: [EnvironmentKey: [String]] = [:]
  /// Raised when the manager is draining and no job is with a host.
  private let drained: Wakeup

  /// Uploads that are not over.
  var uploads = Uploads()

  /// A POST that waits for its commit.
  struct PendingAdd {
    var specs: [JobSpec]
    /// Those of them that tell what traits they have.
    var unlike: [JobSpec]
    var keys: [JobKey]
    var rerun: [Bool]
    var limits: [(group: LimitGroup, limit: Int)]
    var showsJobs: Bool
    var early: AsyncStream<[JobStatus]>.Continuation?
    var continuation: CheckedContinuation<Result<AddedJobs, QueueError>, Never>
  }

  /// - Parameters:
  ///   - machine: what jobs are placed on; the local one.
  ///   - seed: for retry jitter and directory names.
  public init(
    reactor: Reactor, store: StoreActor, history: HistoryReader, machine: Machine,
    recovered: Recovered, seed: UInt64, log: Log, now: Now = .current
  ) {
    self.reactor = reactor
    self.store = store
    self.history = history
    self.log = log
    wakeup = Wakeup(on: reactor)
    committed = Wakeup(on: reactor)
    stopped = Wakeup(on: reactor)
    idle = Wakeup(on: reactor)
    drained = Wakeup(on: reactor)
    localHost = recovered.localHost
    environments = recovered.environments
    queue = JobQueue(
      machine: machine, generation: recovered.generation, seed: seed,
      localOffset: { MachineFacts.localOffset(at: $0.seconds) })
    queue.restore(recovered, now: now)
  }

  // MARK: Clients

  /// Adds jobs, all or none; returns when they are on disk.
  ///
  /// - Parameters:
  ///   - keys: of `specs`, in the same order.
  ///   - rerun: for each spec, whether it runs again if it is complete.
  ///   - showsJobs: whether the jobs are wanted, and not only what became of them.
  ///   - early: gets the jobs while they are being written, instead of them being returned; finished
  ///     in any case.
  public func add(
    _ specs: [JobSpec], keys: [JobKey], rerun: [Bool], limits: [(group: LimitGroup, limit: Int)],
    showsJobs: Bool = true, early: AsyncStream<[JobStatus]>.Continuation? = nil
  ) async throws(QueueError) -> AddedJobs {
    defer { early?.finish() }
    try refuseIfStopping()
    let result = await withCheckedContinuation { continuation in
      adds.append(
        PendingAdd(
          specs: specs, unlike: specs.unlike, keys: keys, rerun: rerun, limits: limits,
          showsJobs: showsJobs, early: early, continuation: continuation))
      wakeup.signal()
    }
    return try result.get()
  }

  func refuseIfStopping() throws(QueueError) {
    guard !isStopping else { throw .unavailable("the manager is stopping") }
  }

  /// Lets those who waited for an upload have their turn.
  func readmit(_ waiting: [PendingAdd]) {
    adds += waiting
    wakeup.signal()
  }

  /// Makes a change and waits until it is on disk.
  ///
  /// - Throws: `QueueError.storage`; the change stays pending and is tried again.
  func commit<Result>(_ change: (inout JobQueue, Now) -> Result) async throws(QueueError) -> Result
  {
    guard !isOver else { throw .unavailable("the manager is stopping") }
    let result = change(&queue, .current)
    let error = await withCheckedContinuation { continuation in
      waiters.append(continuation)
      wakeup.signal()
    }
    if let error { throw error }
    return result
  }

  /// Makes a change that nobody waits for.
  func apply(_ change: (inout JobQueue, Now) -> Void) {
    change(&queue, .current)
    wakeup.signal()
  }

  // MARK: Rounds

  /// Makes rounds until `stop()`; the one task that writes.
  public func run() async {
    while !isStopping {
      let deadline = [queue.nextDeadline, nextPing, retryAt].compactMap { $0 }.min()
      if await wakeup.wait(until: deadline) == .closed { break }
      if let retryAt, retryAt > .now, !isStopping { continue }
      await round()
    }
    await round()
    isOver = true
    let stopping = QueueError.unavailable("the manager is stopping")
    for add in adds + uploads.takeBlocked() {
      add.continuation.resume(returning: .failure(stopping))
    }
    adds = []
    resumeWaiters(stopping)
    idle.signal()
  }

  private func round() async {
    let now = Now.current
    queue.expire(now: now)
    pingIfDue(now: now)
    var admitted: [Admitted] = []
    if !adds.isEmpty { admitted = await admit() }
    if mode == .started { queue.place(now: .current) }
    let waiting = waiters
    waiters = []
    let (failure, checkpointIsDue) = await commitRound(showing: &admitted)
    for one in admitted {
      one.add.continuation.resume(returning: failure.map { .failure($0) } ?? .success(one.answer))
    }
    for waiter in waiting { waiter.resume(returning: failure) }
    settleFollowers()
    // After the answers, which need not wait for it.
    if checkpointIsDue { await store.checkpoint() }
    if failure == nil, !adds.isEmpty || queue.hasChanges { wakeup.signal() }
    if queue.holders.isEmpty {
      idle.signal()
      if mode == .draining { drained.signal() }
    }
  }

  /// A request whose jobs are staged.
  private struct Admitted {
    let add: PendingAdd
    let jobs: [JobID]
    var answer: AddedJobs
  }

  /// Stages the jobs of the requests that wait; refuses those that make no sense.
  private func admit() async -> [Admitted] {
    let pending = adds
    adds = []
    let past: JobQueue.History
    do {
      past = try await lookUp(pending)
    } catch {
      for add in pending { add.continuation.resume(returning: .failure(QueueError(error))) }
      return []
    }
    let now = Now.current
    var admitted: [Admitted] = []
    for add in pending {
      // What they are told depends on whether the upload will have been there.
      if uploads.isFinishing, add.keys.contains(where: { queue.isUploading($0) }) {
        uploads.block(add)
        continue
      }
      if queue.mayHaveLeaving,
        queue.mustWait(forAnyOf: add.keys, add.rerun)
          || queue.isLeaving(
            dependantOf: Set((add.unlike + past.dependants.map(\.spec)).flatMap(\.depGroups)))
      {
        adds.append(add)
        continue
      }
      do throws(QueueError) {
        try refuseUnknownEnvironments(of: add.unlike)
        let admission = try queue.add(
          add.specs, keys: add.keys, rerun: add.rerun, history: past, now: now,
          begin: { [store] in store.begin($0) })
        queue.setLimits(add.limits)
        var added = AddedJobs(newCount: admission.new.count)
        added.keys = queue.keys(of: admission.jobs)
        admitted.append(Admitted(add: add, jobs: admission.jobs, answer: added))
      } catch {
        add.continuation.resume(returning: .failure(error))
      }
    }
    return admitted
  }

  /// What the history knows of jobs to be added.
  private func lookUp(_ pending: [PendingAdd]) async throws(StoreError) -> JobQueue.History {
    var past = JobQueue.History()
    past.complete = try await history.complete(among: pending.flatMap(\.keys))
    let unlike = pending.flatMap(\.unlike)
    past.dependants = try await history.dependants(of: Set(unlike.flatMap(\.depGroups)))
    var groups: Set<DepGroup> = []
    for one in unlike { for case .group(let group) in one.dependencies { groups.insert(group) } }
    past.joined = try await history.joined(among: groups)
    try await loadEnvironments(of: unlike + past.dependants.map(\.spec))
    return past
  }

  func loadEnvironments(of specs: [JobSpec]) async throws(StoreError) {
    let unknown = Set(specs.compactMap(\.environmentKey)).filter { environments[$0] == nil }
    environments.merge(try await history.environments(unknown)) { known, _ in known }
  }

  func refuseUnknownEnvironments(of specs: [JobSpec]) throws(QueueError) {
    for case let key? in specs.map(\.environmentKey) where environments[key] == nil {
      throw .invalid("env_key \(key) is not known: store the environment first")
    }
  }

  /// The environment that a job's own is applied over; nil for the runner host's.
  func baseEnvironment(of spec: JobSpec) -> [String]? {
    spec.environmentKey.flatMap { environments[$0] }
  }

  /// Stores an environment for jobs to share; returns when it is on disk.
  ///
  /// - Parameter entries: `NAME=value`.
  public func keep(environment entries: [String]) async throws(QueueError) -> EnvironmentKey {
    let key = EnvironmentKey(of: entries)
    if environments[key] != nil { return key }
    try await commit { queue, _ in queue.keep(entries, key) }
    environments[key] = entries
    return key
  }

  /// Writes what has gathered, and has it take effect.
  ///
  /// - Returns: why it could not, and whether the store wants to make a checkpoint.
  private func commitRound(
    showing admitted: inout [Admitted]
  ) async -> (failure: QueueError?, checkpointIsDue: Bool) {
    guard queue.hasChanges else {
      retryAt = nil
      show(&admitted)
      return (nil, false)
    }
    let round = queue.takeRound()
    let checkpointIsDue: Bool
    do throws(StoreError) {
      checkpointIsDue = try await write(round.batch, showing: &admitted).get()
    } catch {
      queue.abandon(now: .current)
      // Tried again soon: what is pending must not wait for the next request.
      retryAt = .now + .milliseconds(500)
      if !storeIsFailing { log.error("cannot write to the database: \(error.message)") }
      storeIsFailing = true
      return (QueueError(error), false)
    }
    if storeIsFailing { log.info("the database can be written again") }
    storeIsFailing = false
    retryAt = nil
    if queue.settle(now: .current) { wakeup.signal() }
    committed.signal()
    perform(round.effects)
    return (nil, checkpointIsDue)
  }

  /// Writes a batch, and meanwhile finds out what requests are told of their jobs.
  private func write(
    _ batch: StoreBatch, showing admitted: inout [Admitted]
  ) async -> Result<Bool, StoreError> {
    guard admitted.contains(where: \.add.showsJobs) else { return await write(batch) }
    async let written = write(batch)
    // Lets the writing begin, on its own thread.
    await reactor.yield()
    show(&admitted)
    return await written
  }

  private func write(_ batch: StoreBatch) async -> Result<Bool, StoreError> {
    if batch.isEmpty { return .success(false) }
    do throws(StoreError) { return .success(try await store.commit(batch)) } catch {
      return .failure(error)
    }
  }

  /// Finds out what requests are told of their jobs that want to know.
  private func show(_ admitted: inout [Admitted]) {
    for index in admitted.indices where admitted[index].add.showsJobs {
      var showing = Showing(now: .current, mode: mode)
      let jobs = queue.statuses(of: admitted[index].jobs, staged: true, &showing)
      if let early = admitted[index].add.early {
        early.yield(jobs)
        early.finish()
      } else {
        admitted[index].answer.jobs = jobs
      }
    }
  }

  private func resumeWaiters(_ error: QueueError?) {
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume(returning: error) }
  }

  /// Waits for a commit since the last call, or the deadline; for one waiter, the backups.
  ///
  /// - Returns: false once there will be no more.
  public func waitForCommit(until deadline: Instant?) async -> Bool {
    if isStopping { return false }
    return await committed.wait(until: deadline) != .closed && !isStopping
  }

  // MARK: Stopping

  /// Waits for the stop, at most until the deadline; for one waiter.
  ///
  /// - Returns: whether it has not come.
  public func waitForStop(until deadline: Instant) async -> Bool {
    if isStopping { return false }
    return await stopped.wait(until: deadline) == .timeout
  }

  /// Changes the mode; a manager that is draining stays so.
  func change(mode new: ManagerMode) throws(QueueError) {
    guard mode != .draining || new == .draining else { throw .invalid("server is being drained") }
    mode = new
    wakeup.signal()
  }

  /// Waits until the manager is draining and no job is with a host; for one waiter.
  ///
  /// - Returns: false if it was stopped before that.
  public func waitForDrain() async -> Bool {
    while !isStopping {
      if await drained.wait(until: nil) == .closed { return false }
      if mode == .draining, queue.holders.isEmpty, !isStopping { return true }
    }
    return false
  }

  /// Places no more jobs and has the running ones ended; returns when none is left or the
  /// deadline has passed.
  public func stopRunning(until deadline: Instant) async {
    mode = .draining
    endsJobs = true
    for link in links.values { link.send(.stop(killing: true)) }
    wakeup.signal()
    while !queue.holders.isEmpty, !links.isEmpty, Instant.now < deadline {
      if await idle.wait(until: deadline) == .closed { return }
    }
  }

  /// Places no more jobs, and leaves the running ones to the next manager.
  public func leaveRunning() { mode = .draining }

  /// Ends `run()` after one last round.
  public func stop() {
    isStopping = true
    endFollowing(because: "the manager has stopped", withHost: false)
    for link in links.values { link.finish() }
    links = [:]
    wakeup.signal()
    committed.signal()
    stopped.signal()
    drained.signal()
  }
}
