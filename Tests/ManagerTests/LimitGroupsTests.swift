import Jobs
import Platform
import Testing

@testable import Manager

/// The rows of behaviour.md §4.9: the limiter alone, and jobs under it.
@Suite struct LimitGroupsTests {
  private let noon = Timestamp(seconds: 1_795_608_000)

  private func limiter() -> LimitGroups { LimitGroups(localOffset: { _ in 0 }) }

  @Test func aGroupWithoutALimitLetsAnyNumberRun() {
    var groups = limiter()
    for _ in 0..<100 { groups.take(["a:d3"]) }
    #expect(groups.hindrance(of: ["a:d3"], at: noon) == nil)
  }

  @Test func theSmallestLimitCounts() {
    var groups = limiter()
    groups.set(3, of: "a")
    groups.set(1, of: "b")
    groups.take(["a", "b"])
    #expect(groups.hindrance(of: ["a", "b"], at: noon) == .full("b", limit: 1))
    #expect(groups.hindrance(of: ["a"], at: noon) == nil)
    groups.giveBack(["a", "b"])
    #expect(groups.held == [:])
    #expect(groups.hindrance(of: ["a", "b"], at: noon) == nil)
  }

  @Test func zeroBlocksAndMinusOneIsNoLimitForGood() {
    var groups = limiter()
    groups.set(0, of: "a")
    #expect(groups.hindrance(of: ["a"], at: noon) == .full("a", limit: 0))
    groups.set(-1, of: "a")
    #expect(groups.hindrance(of: ["a"], at: noon) == nil)
    #expect(groups.limits == [:])
  }

  @Test func aWindowAndACountBothHold() {
    var groups = limiter()
    groups.set(1, of: "a")
    groups.take(["a"])
    #expect(
      groups.hindrance(of: ["11:00:00<time<13:00:00", "a"], at: noon) == .full("a", limit: 1))
    let closed = groups.hindrance(of: ["13:00:00<time"], at: noon)
    #expect(
      closed
        == .closed(
          "13:00:00<time", until: Timestamp(nanoseconds: noon.nanoseconds + 3_600_000_000_001)))
  }

  // MARK: Jobs

  @Test func neverMoreRunThanTheLimitAndNeverFewerThanCould() throws {
    var bench = QueueBench(cores: 8)
    bench.connect()
    try bench.add(Array(1...10), limits: [("L", 3)]) { number, spec in
      spec.limitGroups = number <= 8 ? ["L"] : []
    }
    var running = bench.place()
    #expect(running.map(\.key) == [1, 2, 3, 9, 10].map(QueueBench.key))
    bench.finished(running.removeFirst())
    let next = bench.place()
    #expect(next.map(\.key) == [QueueBench.key(4)], "the place is taken at once")
    bench.finished(running.removeFirst(), .bury(.exit), exitCode: 1)
    #expect(bench.place().count == 1, "given back when a job is buried")
    bench.finished(running.removeFirst(), .release(.start), exitCode: -1, neverStarted: true)
    #expect(bench.place().count == 1, "given back by one that never started")
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aLimitIsChangedByALaterAddOrByRequest() throws {
    var bench = QueueBench(cores: 8)
    bench.connect()
    try bench.add([1, 2, 3, 4, 5, 6], limits: [("L", 1)]) { _, spec in spec.limitGroups = ["L"] }
    #expect(bench.place().count == 1)
    try bench.add([7], limits: [("L", 3)]) { _, spec in spec.limitGroups = ["L"] }
    #expect(bench.place().count == 2)
    bench.queue.setLimits([("L", 0)])
    bench.commit()
    #expect(bench.place().count == 0)
    bench.queue.setLimits([("L", -1)])
    bench.commit()
    #expect(bench.place().count == 4)
  }

  @Test func onlyNewJobsAndLimitsAskForAnotherRound() throws {
    var bench = QueueBench(cores: 8)
    bench.connect()
    let now = bench.now
    var queue = bench.queue
    func settles() -> Bool {
      _ = queue.takeRound()
      return queue.settle(now: now)
    }
    _ = try queue.add(
      [JobSpec(cmd: "a")], keys: [QueueBench.key(1)], rerun: [false], now: now)
    #expect(settles())
    queue.setLimits([("L", 3)])
    #expect(settles())
    queue.place(now: now)
    #expect(!settles())
  }

  @Test func aLimitThatWasNotWrittenIsNotInForce() throws {
    var bench = QueueBench(cores: 8)
    bench.connect()
    try bench.add([1, 2]) { _, spec in spec.limitGroups = ["L"] }
    bench.queue.setLimits([("L", 0)])
    _ = bench.queue.takeRound()
    bench.queue.abandon(now: bench.now)
    #expect(bench.place().count == 2)
  }

  @Test func whatIsGivenBackIsWhatWasTaken() throws {
    var bench = QueueBench(cores: 8)
    bench.connect()
    try bench.add([1], limits: [("L", 1)]) { _, spec in
      spec.limitGroups = ["L"]
      spec.retries = 1
    }
    let order = try #require(bench.place().first)
    let ids = [try #require(bench.queue.keys[QueueBench.key(1)])]
    var modification = JobModification()
    modification.limitGroups = []
    let modified = try bench.queue.modify(ids, modification, complete: [], now: bench.now)
    #expect(modified == [], "a job that runs is left alone")
    bench.finished(order)
    #expect(bench.queue.limitGroups.held == [:])
  }

  @Test func aWindowOpensByItsDeadline() throws {
    var bench = QueueBench(cores: 8)
    bench.now.timestamp = noon
    bench.connect()
    try bench.add([1]) { _, spec in spec.limitGroups = ["12:00:10<time<12:00:20"] }
    #expect(bench.place() == [])
    let due = try #require(bench.queue.nextDeadline)
    #expect(due - bench.now.instant == .nanoseconds(10_000_000_001))
    bench.advance(due - bench.now.instant)
    #expect(bench.place().count == 1)
    try bench.add([2]) { _, spec in spec.limitGroups = ["12:00:10<time<12:00:20"] }
    bench.advance(.seconds(10))
    #expect(bench.place() == [], "closed again; what runs is left alone")
    #expect(bench.state(1) == "reserved")
  }

  @Test func aWindowOverMidnightIsOpenAtNight() throws {
    var bench = QueueBench(cores: 8)
    bench.now.timestamp = noon
    bench.connect()
    try bench.add([1]) { _, spec in spec.limitGroups = ["22:00:00<time<06:00:00"] }
    #expect(bench.place() == [])
    bench.advance(.seconds(10 * 3600 + 1))
    bench.connect()
    #expect(bench.place().count == 1)
  }

  @Test func limitsAndWhoHoldsThemSurviveARestart() throws {
    var bench = QueueBench(cores: 8)
    bench.connect()
    try bench.add([1, 2], limits: [("L", 1)]) { _, spec in spec.limitGroups = ["L"] }
    let order = try #require(bench.place().first)
    bench.started(order)
    var second = bench.restarted()
    #expect(second.place() == [])
    second.connect(running: [second.start(order.attempt)])
    second.commit()
    #expect(second.place() == [])
    second.finished(order)
    #expect(second.place().count == 1)
  }
}
