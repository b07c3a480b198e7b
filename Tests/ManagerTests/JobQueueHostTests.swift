import Jobs
import Platform
import Testing

@testable import Manager

/// Kills, and runner hosts that come, go and come back.
@Suite struct JobQueueHostTests {
  @Test func runningJobsAreNeverDeleted() throws {
    var bench = QueueBench()
    bench.connect()
    let ids = try bench.add([1])
    bench.place()
    let deleted = bench.queue.delete(ids)
    #expect(bench.state(1) == "reserved")
    #expect(deleted == [])
  }

  @Test func aKillIsOrderedAfterItIsOnDiskAndAgainOnEveryConnect() throws {
    var bench = QueueBench()
    bench.connect()
    let ids = try bench.add([1])
    let order = try #require(bench.place().first)
    bench.started(order)
    let killed = bench.queue.kill(ids[0])
    let early = bench.takeOrders()
    bench.commit()
    let orders = bench.takeOrders()
    #expect(killed)
    #expect(early == [])
    #expect(orders == [.kill(order.attempt)])
    bench.connect(running: [bench.start(order.attempt)])
    bench.commit()
    let repeated = bench.takeOrders()
    #expect(repeated == [.kill(order.attempt)])
    bench.finished(order, .bury(.killed), exitCode: -1)
    #expect(bench.state(1) == "buried")
  }

  @Test func aKillHoldsAlsoForAnAttemptThatNeverStartedOrFailedByItself() throws {
    for happening in ["the order never arrived", "it could not be started", "it failed"] {
      var bench = QueueBench()
      bench.connect()
      let ids = try bench.add([1]) { _, spec in spec.retries = 2 }
      let order = try #require(bench.place().first)
      _ = bench.queue.kill(ids[0])
      bench.commit()
      switch happening {
      case "the order never arrived": bench.connect()
      case "it could not be started": bench.finished(order, .release(.start), neverStarted: true)
      default: bench.finished(order, .release(.exit), exitCode: 1)
      }
      bench.commit()
      #expect(bench.state(1) == "buried", "\(happening)")
      #expect(bench.job(1)?.run.failReason == .killed, "\(happening)")
      #expect(bench.queue.brokenInvariants() == [])
    }
  }

  @Test func aHostThatComesBackWithoutAReservedJobNeverStartedIt() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.connect()
    bench.commit()
    #expect(bench.state(1) == "ready")
    #expect(bench.job(1)?.untilBuried == 1)
    let second = try #require(bench.place().first)
    #expect(second.attempt > order.attempt)
  }

  @Test func anOrderThatWasNeverSentIsTakenBackWithoutATrace() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.queue.withdraw(AttemptID(order.attempt.number + 1), now: bench.now)
    bench.commit()
    #expect(bench.state(1) == "reserved", "another attempt's order")
    bench.queue.withdraw(order.attempt, now: bench.now)
    bench.commit()
    #expect(bench.state(1) == "ready")
    #expect(bench.job(1)?.untilBuried == 1)
    #expect(bench.queue.machine.coresUsed == 0)
  }

  @Test func jobsOfADeadHostAreLostAndSettledByItsSuccessor() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1, 2]) { number, spec in spec.retries = number == 1 ? 1 : 0 }
    let orders = bench.place()
    bench.started(orders[0])
    bench.queue.hostIsGone(QueueBench.host, now: bench.now)
    bench.commit()
    #expect(bench.state(1) == "lost")
    #expect(bench.state(2) == "lost", "it may have started")
    #expect(bench.queue.machine.coresUsed == 2, "what may still run keeps its room")
    bench.connect(Incarnation("host-2"))
    bench.commit()
    #expect(bench.state(1) == "delayed")
    #expect(bench.state(2) == "buried")
    #expect(bench.job(2)?.run.failReason == .lost)
    #expect(bench.job(2)?.run.exitCode == -1)
    #expect(bench.job(2)?.attempts == 1, "it may have started")
    #expect(bench.queue.machine.coresUsed == 0)
  }

  @Test func aResultThatADeadHostLeftIsTakenFromItsSuccessor() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.queue.hostIsGone(QueueBench.host, now: bench.now)
    bench.connect(Incarnation("host-2"), finished: [order.attempt])
    bench.commit()
    #expect(bench.state(1) == "lost")
    bench.finished(order)
    #expect(bench.history[QueueBench.key(1)] != nil)
  }

  @Test func aHostOutOfTouchForAMinuteLosesItsJobsAndGetsThemBackWithAWord() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.advance(.seconds(59))
    #expect(bench.state(1) == "running")
    bench.advance(.seconds(1))
    #expect(bench.state(1) == "lost")
    #expect(bench.job(1)?.run.failReason == .lost)
    #expect(bench.job(1)?.run.endedAt != nil)
    let isCurrent = bench.queue.touch(order.attempt)
    #expect(isCurrent)
    bench.commit()
    #expect(bench.state(1) == "running")
    #expect(bench.job(1)?.run.endedAt == nil)
  }

  @Test func anAttemptNobodyWantsIsDiscarded() throws {
    var bench = QueueBench()
    bench.connect(running: [bench.start(AttemptID(99))])
    bench.commit()
    let orders = bench.takeOrders()
    #expect(orders == [.discard(AttemptID(99))])
  }
}
