import Jobs
import Platform

@testable import Manager

/// A `JobQueue` with a clock, a host and short words, for tests.
struct QueueBench {
  var queue: JobQueue
  var now = Now(instant: Instant(nanoseconds: 0), timestamp: Timestamp(seconds: 1_700_000_000))
  /// What the store would hold: live jobs by id, complete jobs by key.
  var live: [JobID: Job] = [:]
  var history: [JobKey: Job] = [:]
  private(set) var lastAdmission = JobQueue.Admission()
  private(set) var limits: [LimitGroup: Int] = [:]
  private(set) var lessons: [Learning.Lesson] = []
  private let machine: Machine
  private(set) var everJoined: Set<DepGroup> = []
  private(set) var orders: [HostOrder] = []

  static let host = Incarnation("host-1")

  init(cores: Int = 2, memory: Megabytes = 8192, generation: UInt64 = 1, seed: UInt64 = 1) {
    machine = Machine(cores: cores, memory: memory)
    queue = JobQueue(
      machine: machine, generation: generation, seed: seed,
      localOffset: { _ in 0 })
  }

  static func key(_ number: Int) -> JobKey { JobKey(low: UInt64(number), high: 7) }

  mutating func connect(
    _ incarnation: Incarnation = QueueBench.host, held: [AttemptID] = [],
    running: [RunStart] = [], finished: [AttemptID] = []
  ) {
    queue.connect(
      Inventory(
        incarnation: incarnation, host: "here", hostIP: "127.0.0.1", pid: 1, startTicks: 1,
        bootID: "b", cores: 2, memory: 8192, held: held, running: running, finished: finished),
      now: now)
  }

  /// Adds jobs with the keys 1, 2, … of `numbers` and commits, unless that is left to come.
  @discardableResult
  mutating func add(
    _ numbers: [Int], rerun: Bool = false, limits: [(LimitGroup, Int)] = [], commits: Bool = true,
    _ customise: (Int, inout JobSpec) -> Void = { _, _ in }
  ) throws(QueueError) -> [JobID] {
    let specs = numbers.map { spec($0, customise) }
    let admission = try queue.add(
      specs, keys: numbers.map(Self.key), rerun: numbers.map { _ in rerun },
      history: past(specs, keys: numbers.map(Self.key)), now: now)
    queue.setLimits(limits.map { (group: $0.0, limit: $0.1) })
    lastAdmission = admission
    if commits { commit() }
    return admission.jobs
  }

  func spec(_ number: Int, _ customise: (Int, inout JobSpec) -> Void) -> JobSpec {
    var spec = JobSpec(cmd: "echo \(number)", reqGroup: "echo")
    spec.requirements.cores = 1
    customise(number, &spec)
    return spec
  }

  /// What the pretended store knows of jobs to be added.
  private func past(_ specs: [JobSpec], keys: [JobKey]) -> JobQueue.History {
    var past = JobQueue.History()
    past.complete = Set(history.keys)
    past.dependants = dependants(of: Set(specs.flatMap(\.depGroups)))
    past.joined = everJoined
    return past
  }

  /// The complete jobs that depend on groups, or on those of such jobs.
  func dependants(of groups: Set<DepGroup>) -> [Job] {
    var groups = groups
    var found: [Job] = []
    var waiting = history.values.filter { !$0.spec.dependencies.isEmpty }
    while true {
      let more = waiting.filter { $0.spec.dependsOn(anyOf: groups) }
      if more.isEmpty { return found }
      found += more
      waiting.removeAll { $0.spec.dependsOn(anyOf: groups) }
      groups.formUnion(more.flatMap(\.spec.depGroups))
    }
  }

  /// A new job is on disk.
  mutating func write(_ job: Job) {
    live[job.id] = job
    everJoined.formUnion(job.spec.depGroups)
  }

  /// Writes a round to the pretended store.
  mutating func commit() {
    let round = queue.takeRound()
    for job in round.batch.puts + round.batch.pieces.joined() { write(job) }
    for job in round.batch.completions {
      live[job.id] = nil
      history[job.key] = job
    }
    for id in round.batch.deletions { live[id] = nil }
    for (group, limit) in round.batch.limits { limits[group] = limit < 0 ? nil : limit }
    lessons += round.batch.lessons
    queue.settle(now: now)
    for case .run(let id, let attempt) in round.effects {
      if let (_, order) = queue.order(id, attempt) { orders.append(.run(order)) }
    }
    for case .kill(_, let attempt) in round.effects { orders.append(.kill(attempt)) }
    for case .discard(_, let attempt) in round.effects { orders.append(.discard(attempt)) }
  }

  /// A queue of the next manager, with what the pretended store holds.
  func restarted(generation: UInt64 = 2) -> QueueBench {
    var next = QueueBench(cores: machine.cores, memory: machine.memory, generation: generation)
    next.now = now
    next.live = live
    next.history = history
    next.everJoined = everJoined
    next.limits = limits
    next.lessons = lessons
    var recovered = Recovered()
    recovered.jobs = live.values.sorted { $0.id < $1.id }.map(StoreBench.asRead)
    recovered.nextJobID = queue.nextJobID
    recovered.limits = limits
    recovered.lessons = lessons
    recovered.joinedGroups = everJoined
    next.queue.restore(recovered, now: now)
    next.commit()
    return next
  }

  /// The id of a live job.
  func id(_ number: Int) -> JobID { queue.keys[Self.key(number)]! }

  /// Places and commits; gives the orders that went out.
  @discardableResult
  mutating func place() -> [RunOrder] {
    queue.place(now: now)
    commit()
    defer { orders = [] }
    return orders.compactMap { if case .run(let order) = $0 { order } else { nil } }
  }

  mutating func takeOrders() -> [HostOrder] {
    defer { orders = [] }
    return orders
  }

  mutating func advance(_ duration: Duration) {
    now.instant = now.instant + duration
    now.timestamp = now.timestamp + duration
    queue.expire(now: now)
    commit()
  }

  /// Somebody puts the wall clock forward, or back.
  mutating func putClock(_ duration: Duration) { now.timestamp = now.timestamp + duration }

  func start(_ attempt: AttemptID) -> RunStart {
    RunStart(attempt: attempt, pid: 42, startedAt: now.timestamp)
  }

  mutating func started(_ order: RunOrder) {
    _ = queue.start(start(order.attempt), now: now)
    commit()
  }

  mutating func finished(
    _ order: RunOrder, _ verdict: Verdict = .complete, exitCode: Int = 0,
    neverStarted: Bool = false, peakMemory: Megabytes = 0, walltime: Duration = .seconds(1)
  ) {
    queue.finish(
      RunEnd(
        attempt: order.attempt, verdict: verdict, start: neverStarted ? nil : start(order.attempt),
        exited: true, exitCode: exitCode, peakMemory: peakMemory, walltime: walltime,
        endedAt: now.timestamp),
      now: now)
    commit()
  }

  func state(_ number: Int) -> String {
    queue.keys[Self.key(number)].flatMap { queue.committed($0)?.state.name } ?? "none"
  }

  func job(_ number: Int) -> Job? {
    queue.keys[Self.key(number)].flatMap { queue.committed($0) }
  }
}
