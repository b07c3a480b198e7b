import Jobs
import Platform
import Testing

@testable import Manager

/// Jobs whose orders a host has given back.
struct GivenBackTests {
  private static func isShort(_ bench: inout QueueBench, _ group: ReqGroup) throws {
    try bench.add([1]) { $1.reqGroup = group }
    for order in bench.place() {
      bench.started(order)
      bench.finished(order, walltime: .milliseconds(20))
    }
  }

  private func numbers(_ orders: [RunOrder]) -> [Int] { orders.map { Int($0.key.low) } }

  /// Two that turn out long are running on two cores, and two more were ordered ahead.
  private func deceived() throws -> (bench: QueueBench, running: [RunOrder], ahead: [RunOrder]) {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try Self.isShort(&bench, "echo")
    try bench.add(Array(2...9))
    let orders = bench.place()
    try #require(numbers(orders) == [2, 3, 4, 5])
    for order in orders.prefix(2) { bench.started(order) }
    bench.advance(RunOrder.patience)
    return (bench, Array(orders.prefix(2)), Array(orders.suffix(2)))
  }

  @Test func whatIsUrgentGoesBeforeWhatWasGivenBackAndThatInItsOldPlace() throws {
    var (bench, running, ahead) = try deceived()
    try bench.add([20]) { _, spec in
      spec.priority = 255
      spec.reqGroup = "urgent"
    }
    for order in ahead.reversed() { bench.queue.withdraw(order.attempt, now: bench.now) }
    let none = bench.place()
    #expect(none == [])
    #expect([4, 5, 6].map { bench.state($0) } == ["ready", "ready", "ready"])
    bench.finished(running[0], walltime: .seconds(3))
    let first = bench.place()
    #expect(numbers(first) == [20])
    bench.finished(running[1], walltime: .seconds(3))
    let second = bench.place()
    #expect(numbers(second) == [4])
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func nothingIsOrderedAheadOfWhatRunsLongerThanItWasTakenFor() throws {
    var (bench, running, ahead) = try deceived()
    for order in ahead { bench.queue.withdraw(order.attempt, now: bench.now) }
    for _ in 1...5 {
      let none = bench.place()
      #expect(none == [])
      bench.advance(RunOrder.patience)
      bench.connect(held: [], running: running.map { bench.start($0.attempt) })
    }
    // Nor what is of another group, known to be short as well.
    try bench.add([30]) { $1.reqGroup = "echo" }
    let none = bench.place()
    #expect(none == [])
  }

  @Test func whatHasNotRunLongYetIsGoneAheadOfAsBefore() throws {
    var (bench, running, ahead) = try deceived()
    for order in ahead { bench.queue.withdraw(order.attempt, now: bench.now) }
    // A short one after all: what gets its room may be one too.
    bench.finished(running[0], walltime: .milliseconds(20))
    let placed = bench.place()
    #expect(numbers(placed) == [4, 5], "one has the room, and one goes ahead of that alone")
  }

  @Test func aJobThatFailedBeforeIsAsItWasThen() throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add([1]) { $1.retries = 2 }
    let failed = try #require(bench.place().first)
    bench.started(failed)
    bench.finished(failed, .release(.memory), exitCode: 1, peakMemory: 1500)
    bench.advance(.seconds(60))
    bench.connect()
    bench.commit()
    let before = try #require(bench.job(1))
    let order = try #require(bench.place().first)
    #expect(order.requirements.memory == 3000)
    bench.queue.withdraw(order.attempt, now: bench.now)
    bench.commit()
    #expect(bench.job(1) == before)
    #expect(bench.restarted().job(1) == before)
    let again = try #require(bench.place().first)
    #expect(again.requirements == order.requirements && again.untilBuried == order.untilBuried)
  }

  @Test func aNewJobWhoseManagerWasRestartedIsAsNew() throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add([1])
    bench.commit()
    let order = try #require(bench.place().first)
    bench.commit()
    var later = bench.restarted()
    later.queue.withdraw(order.attempt, now: later.now)
    later.commit()
    #expect(later.state(1) == "ready")
    #expect(later.job(1)?.run == RunRecord())
    #expect(later.queue.brokenInvariants() == [])
  }

  @Test func anAttemptThatIsNotCurrentChangesNothing() throws {
    var (bench, running, ahead) = try deceived()
    for order in ahead { bench.queue.withdraw(order.attempt, now: bench.now) }
    bench.finished(running[0], walltime: .seconds(3))
    let order = try #require(bench.place().first)
    #expect(order.key == ahead[0].key)
    let job = bench.job(4)
    for attempt in [ahead[0].attempt, AttemptID(7)] {
      bench.queue.withdraw(attempt, now: bench.now)
    }
    bench.commit()
    #expect(bench.job(4) == job)
  }
}
