import Jobs
import Platform
import Testing

@testable import Manager

/// Long random histories: after each step everything that must hold does, and what the pretended
/// store holds is what the queue says.
@Suite struct JobQueueHistoryTests {
  @Test(
    .timeLimit(.minutes(4)),
    arguments: [(1, 3000, 300), (2, 3000, 300), (3, 3000, 60), (20_261_124, 10_000, 1000)]
      as [(UInt64, Int, Int)])
  func randomHistoriesKeepEveryInvariant(seed: UInt64, steps: Int, jobs: Int) throws {
    var random = SplitMix64(seed: seed)
    var bench = QueueBench(cores: 4, memory: 16_384, seed: seed)
    var check = InvariantCheck(bench.queue)
    var held: [RunOrder] = []
    var running: [RunOrder] = []
    /// The jobs of the orders, as they were before.
    var before: [AttemptID: Job] = [:]
    var upload: BenchUpload?
    bench.queue.pieceSize = 2
    bench.connect()
    for step in 0..<steps {
      goOn(with: &upload, &bench, &random, of: jobs)
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<25: addSome(&bench, &random, of: jobs)
      case 25..<45:
        let limits = bench.queue.limitGroups
        let waiting = bench.live
        let placed = bench.place()
        held += placed
        for order in placed {
          before[order.attempt] = bench.queue.holders[order.attempt].flatMap { waiting[$0] }
        }
        for (group, count) in bench.queue.limitGroups.held {
          let most = limits.limits[group] ?? .max
          #expect(
            count <= max(most, limits.held[group, default: 0]), "seed \(seed), step \(step)")
        }
        if step % 4 == 0 { #expect(idle(bench) == [], "seed \(seed), step \(step)") }
      case 45..<60:
        guard let order = take(&held, &random) else { break }
        bench.started(order)
        running.append(order)
      case 60..<80:
        guard let order = take(&running, &random) else { break }
        finish(order, &bench, &random)
      case 80..<82:
        guard let order = take(&held, &random) else { break }
        bench.finished(order, .release(.start), exitCode: -1, neverStarted: true)
      case 82..<84:
        // Now and then one that is not, or no longer, there to be given back.
        let order = take(&held, &random) ?? running.randomElement(using: &random)
        guard let order else { break }
        giveBack(order, &bench, before[order.attempt], "seed \(seed), step \(step)")
      case 84..<88:
        if Int.random(in: 0..<4, using: &random) == 0 {
          bench.putClock(.seconds(Int.random(in: -100_000...100_000, using: &random)))
        }
        bench.advance(.seconds(Int.random(in: 1...40, using: &random)))
      case 88..<91:
        let ids = (0..<5).compactMap { _ in
          bench.queue.keys[QueueBench.key(Int.random(in: 1...jobs, using: &random))]
        }
        _ = bench.queue.delete(ids)
        if Bool.random(using: &random) { bench.commit() }
      case 91..<92: try modifySome(&bench, &random)
      case 92..<94:
        if let id = bench.queue.keys[QueueBench.key(Int.random(in: 1...jobs, using: &random))] {
          switch Int.random(in: 0..<4, using: &random) {
          case 0: _ = bench.queue.kick(id, now: bench.now)
          case 1: _ = bench.queue.suspend(id)
          case 2: _ = bench.queue.resume(id, now: bench.now)
          default: _ = bench.queue.kill(id)
          }
        }
        bench.commit()
      case 94..<97:
        // A commit that fails: new jobs vanish, all else is pending.
        addSome(&bench, &random, of: jobs, commits: false)
        _ = bench.queue.takeRound()
        bench.queue.abandon(now: bench.now)
      case 97..<99:
        // The host reconnects; orders it never got are made again.
        let kept = held.filter { _ in Bool.random(using: &random) }
        bench.connect(
          held: kept.map(\.attempt), running: running.map { bench.start($0.attempt) })
        bench.commit()
        held = kept.filter { bench.queue.holders[$0.attempt] != nil }
        running.removeAll { bench.queue.holders[$0.attempt] == nil }
      default:
        bench.queue.hostIsGone(QueueBench.host, now: bench.now)
        bench.connect()
        bench.commit()
        (held, running) = ([], [])
      }
      var broken = check.broken(&bench.queue)
      // All jobs, now and then: that those which seem unchanged really are.
      if step % 500 == 499 { broken += bench.queue.brokenInvariants() }
      #expect(broken == [], "seed \(seed), step \(step)")
      if !broken.isEmpty { return }
    }
    while upload != nil { goOn(with: &upload, &bench, &random, of: jobs, begins: false) }
    bench.commit()
    #expect(bench.live.count == bench.queue.table.count, "seed \(seed)")
    for (id, job) in bench.live {
      #expect(bench.queue.committed(id) == job, "seed \(seed): job \(id.number)")
    }
  }

  /// A job whose order the host gives back is as it was before that; one that runs runs on.
  private func giveBack(
    _ order: RunOrder, _ bench: inout QueueBench, _ before: Job?, _ place: String
  ) {
    let job = bench.queue.holders[order.attempt].flatMap { bench.live[$0] }
    bench.queue.withdraw(order.attempt, now: bench.now)
    bench.commit()
    guard let job, let now = bench.live[job.id] else { return }
    if case .running = job.state { return #expect(now == job, "\(place)") }
    guard var expected = before, now.state == .ready || now.state == .dependent else { return }
    expected.state = now.state
    #expect(now == expected, "\(place)")
  }

  /// The ready jobs that could run beside those that do.
  private func idle(_ bench: QueueBench) -> [JobID] {
    let queue = bench.queue
    guard queue.host?.isConnected == true else { return [] }
    return queue.table.ids.filter { id in
      guard let job = queue.committed(id), case .ready = job.state,
        case .ready? = queue.table[id]?.job.state
      else { return false }
      let requirements = queue.expected(job)
      let room = Machine.Room(for: requirements)
      if let reservation = queue.reservation, reservation.job != id,
        bench.now.instant + requirements.time > reservation.at, !reservation.machine.fits(room)
      {
        return false
      }
      return queue.machine.fits(room)
        && queue.limitGroups.hindrance(of: job.spec.limitGroups, at: bench.now.timestamp) == nil
    }.sorted()
  }

  /// Circles are refused; that nothing changes then is what the invariants check.
  private func modifySome(_ bench: inout QueueBench, _ random: inout SplitMix64) throws {
    var modification = JobModification()
    switch Int.random(in: 0..<6, using: &random) {
    case 0: modification.cmd = "new \(Int.random(in: 0...50, using: &random))"
    case 1:
      modification.dependencies = [.group(DepGroup("g\(Int.random(in: 0...9, using: &random))"))]
    case 2: modification.depGroups = [DepGroup("g\(Int.random(in: 0...9, using: &random))")]
    case 3: modification.limitGroups = [LimitGroup("L\(Int.random(in: 0...3, using: &random))")]
    case 4: modification.memory = Megabytes(Int.random(in: 1...9000, using: &random))
    default: modification.priority = Int.random(in: 0...3, using: &random)
    }
    let ids = bench.queue.table.ids.sorted().filter { _ in
      Int.random(in: 0..<10, using: &random) == 0
    }
    _ = try? bench.queue.modify(
      ids, modification, complete: Set(bench.history.keys), now: bench.now)
    if Bool.random(using: &random) { bench.commit() }
  }

  private func addSome(
    _ bench: inout QueueBench, _ random: inout SplitMix64, of jobs: Int, commits: Bool = true
  ) {
    let numbers = (0..<Int.random(in: 1...8, using: &random)).map { _ in
      Int.random(in: 1...jobs, using: &random)
    }
    // Who adds what an upload may have added waits for it.
    if numbers.contains(where: { bench.queue.isUploading(QueueBench.key($0)) }) { return }
    // A circle is refused; that nothing changes then is what the invariants check.
    let limits: [(LimitGroup, Int)] =
      Int.random(in: 0..<10, using: &random) == 0
      ? [
        (
          LimitGroup("L\(Int.random(in: 0...3, using: &random))"),
          Int.random(in: -1...3, using: &random)
        )
      ] : []
    let rerun = Bool.random(using: &random)
    let specs = Dictionary(numbers.map { ($0, spec($0, &random, of: jobs)) }) { first, _ in first }
    _ = try? bench.add(numbers, rerun: rerun, limits: limits, commits: commits) { $1 = specs[$0]! }
  }

  private func spec(_ number: Int, _ random: inout SplitMix64, of jobs: Int) -> JobSpec {
    var spec = JobSpec(cmd: "echo \(number)", reqGroup: "echo")
    spec.limitGroups = (0...3).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
      .map { LimitGroup("L\($0)") }
    spec.reqGroup = ReqGroup("q\(Int.random(in: 0...3, using: &random))")
    spec.priority = Int.random(in: 0...3, using: &random)
    spec.retries = Int.random(in: 0...2, using: &random)
    spec.requirements.cores = Cores(Int.random(in: 0...3, using: &random))
    spec.requirements.memory = Megabytes(Int.random(in: 1...9000, using: &random))
    spec.repGroup = RepGroup("r\(Int.random(in: 0...5, using: &random))")
    if Int.random(in: 0..<4, using: &random) == 0 {
      spec.depGroups = [DepGroup("g\(Int.random(in: 0...9, using: &random))")]
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      spec.dependencies = [
        .group(DepGroup("g\(Int.random(in: 0...9, using: &random))")),
        .key(QueueBench.key(Int.random(in: 1...jobs, using: &random))),
      ]
    }
    return spec
  }

  /// Takes an upload a little further between other things, gives it up now and then, or begins one.
  private func goOn(
    with upload: inout BenchUpload?, _ bench: inout QueueBench, _ random: inout SplitMix64,
    of jobs: Int, begins: Bool = true
  ) {
    guard var current = upload else {
      guard begins, Int.random(in: 0..<20, using: &random) == 0 else { return }
      let numbers = (0..<Int.random(in: 1...20, using: &random)).map { _ in
        Int.random(in: 1...jobs, using: &random)
      }
      let specs = Dictionary(numbers.map { ($0, spec($0, &random, of: jobs)) }) { first, _ in first
      }
      upload = bench.upload(numbers, rerun: Bool.random(using: &random)) { $1 = specs[$0]! }
      return
    }
    if !current.isCommitted, Int.random(in: 0..<50, using: &random) == 0 {
      bench.takeBack(current)
      upload = nil
    } else {
      let more = bench.advance(&current, by: Int.random(in: 1...4, using: &random))
      upload = more ? current : nil
    }
  }

  private func take(_ orders: inout [RunOrder], _ random: inout SplitMix64) -> RunOrder? {
    orders.isEmpty ? nil : orders.remove(at: Int.random(in: 0..<orders.count, using: &random))
  }

  private func finish(
    _ order: RunOrder, _ bench: inout QueueBench, _ random: inout SplitMix64
  ) {
    let verdict: Verdict =
      switch Int.random(in: 0..<3, using: &random) {
      case 0: .complete
      case 1: .release(Bool.random(using: &random) ? .exit : .memory)
      default: .bury(.commandNotFound)
      }
    bench.finished(
      order, verdict, exitCode: verdict == .complete ? 0 : 1,
      peakMemory: Megabytes(Int.random(in: 1...3000, using: &random)))
  }
}
