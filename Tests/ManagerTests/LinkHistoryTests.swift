import Jobs
import Platform
import Testing

@testable import Manager
@testable import Runner

/// Random histories of a queue and of a host's ledger, with a link between them that breaks, while
/// either may die at any moment: jobs that are given back again and again are neither lost nor run twice.
struct LinkHistoryTests {
  private static let jobs = 20

  @Test(.timeLimit(.minutes(2)), arguments: [(1, false), (2, false), (3, true), (4, true)])
  func everyJobRunsOnce(seed: UInt64, hostsDie: Bool) throws {
    var world = World(seed: seed)
    try world.bench.add(Array(1...Self.jobs)) { $1.retries = 1000 }
    for step in 1...20_000 {
      world.step(hostsDie: hostsDie)
      let broken = world.bench.queue.brokenInvariants()
      #expect(broken == [], "seed \(seed), step \(step)")
      if !broken.isEmpty { return }
      // So that there is always something to be given back.
      let number = Self.jobs + step / 100
      if step % 100 == 0 { try world.bench.add([number]) { $1.retries = 1000 } }
    }
    world.comeToRest()
    for (key, job) in world.bench.history {
      let (runs, losses) = (world.runs[key, default: 0], world.losses[key, default: 0])
      #expect(runs == 1 + losses, "seed \(seed), job \(key)")
      #expect(hostsDie || job.attempts == 1 && job.untilBuried == 1001, "seed \(seed), job \(key)")
    }
    #expect(world.bench.history.count == Self.jobs + 200, "seed \(seed)")
    #expect(world.returns > 100, "seed \(seed)")
  }
}

private struct World {
  var bench = QueueBench(cores: 2)
  private var generation: UInt64 = 1
  private var ledger = AttemptLedger()
  private var host = 1
  private var random: SplitMix64
  private var isLinked = false
  /// Orders that are on their way.
  private var orders: [HostOrder] = []
  /// What the manager has taken and not written yet.
  private var answer: ReportAnswer?
  private var keys: [AttemptID: JobKey] = [:]
  /// How often the command of each job has begun, and how often that was lost with its host.
  private(set) var runs: [JobKey: Int] = [:]
  private(set) var losses: [JobKey: Int] = [:]
  /// How many orders were given back.
  private(set) var returns = 0

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  private var incarnation: Incarnation { Incarnation("host-\(host)") }

  mutating func step(hostsDie: Bool) {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<20:
      bench.queue.place(now: bench.now)
      if chance(80) { commit() }
    case 20..<45: obey()
    case 45..<70: work(mayGiveBack: true)
    case 70..<82: report()
    case 82..<94: hear()
    case 94..<96: breakLink()
    case 96: restartManager()
    case 97 where hostsDie: killHost()
    default: advance()
    }
    if !isLinked, chance(30) { connect() }
  }

  /// Lets all go on undisturbed until every job is complete.
  mutating func comeToRest() {
    for _ in 1...10_000 where !bench.live.isEmpty {
      if !isLinked { connect() }
      bench.queue.place(now: bench.now)
      commit()
      while !orders.isEmpty { obey() }
      work(mayGiveBack: false)
      report()
      hear()
      advance()
    }
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  // MARK: The link

  private mutating func connect() {
    isLinked = true
    var inventory = Inventory(
      incarnation: incarnation, host: "here", hostIP: "", pid: 1, startTicks: 1, bootID: "b",
      cores: 2, memory: 8192)
    ledger.describe(in: &inventory)
    ledger.connect()
    bench.queue.connect(inventory, now: bench.now)
    commit()
  }

  private mutating func breakLink() {
    bench.queue.disconnect(incarnation)
    _ = bench.takeOrders()
    (isLinked, orders, answer) = (false, [], nil)
  }

  // MARK: The manager

  private mutating func commit() {
    bench.commit()
    send()
  }

  private mutating func send() {
    let new = bench.takeOrders()
    if isLinked { orders += new }
  }

  private mutating func advance() {
    bench.advance(.milliseconds(Int.random(in: 1...90_000, using: &random)))
    send()
  }

  /// What is not written is forgotten.
  private mutating func restartManager() {
    breakLink()
    generation += 1
    bench = bench.restarted(generation: generation)
  }

  /// A batch arrives. Whether the answer does is another matter.
  private mutating func report() {
    guard isLinked, answer == nil else { return }
    answer = bench.queue.take(ledger.batch(of: incarnation), now: bench.now)
  }

  // MARK: The host

  private mutating func hear() {
    guard let answer else { return }
    self.answer = nil
    commit()
    _ = ledger.taken(answer)
    for attempt in answer.discard { discard(attempt) }
  }

  private mutating func obey() {
    guard !orders.isEmpty else { return }
    switch orders.removeFirst() {
    case .run(let order):
      keys[order.attempt] = order.key
      _ = ledger.accept(order.attempt)
    case .discard(let attempt): discard(attempt)
    default: break
    }
  }

  private mutating func discard(_ attempt: AttemptID) {
    if case .running? = ledger.discard(attempt) { losses[keys[attempt]!, default: 0] += 1 }
    ledger.forget(attempt)
  }

  /// Something becomes of an attempt.
  private mutating func work(mayGiveBack: Bool) {
    guard let attempt = ledger.phases.keys.sorted().randomElement(using: &random) else { return }
    switch ledger.phases[attempt] {
    case .held where mayGiveBack && chance(70):
      ledger.giveBack(attempt)
      returns += 1
    case .held:
      runs[keys[attempt]!, default: 0] += 1
      ledger.start(bench.start(attempt), now: bench.now.instant)
    case .running(let start):
      ledger.finish(
        RunEnd(
          attempt: attempt, verdict: .complete, start: start, exited: true, exitCode: 0,
          walltime: .milliseconds(1), endedAt: bench.now.timestamp))
    case .givenBack, .finished, .discarded, nil: break
    }
  }

  /// Its successor has its results, and ends what it ran.
  private mutating func killHost() {
    breakLink()
    bench.queue.hostIsGone(incarnation, now: bench.now)
    commit()
    let phases = ledger.phases
    (ledger, host) = (AttemptLedger(), host + 1)
    for (attempt, phase) in phases {
      if case .running = phase { losses[keys[attempt]!, default: 0] += 1 }
      guard case .finished(let end) = phase else { continue }
      _ = ledger.accept(attempt)
      ledger.finish(end)
    }
  }
}
