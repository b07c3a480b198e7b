import Jobs
import Platform
import Testing

@testable import Manager

/// How runs end, and what becomes of the job then.
@Suite struct JobQueueRunTests {
  @Test func aSuccessfulJobLeavesForTheHistoryAndIsSkippedWhenAddedAgain() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.started(order)
    #expect(bench.state(1) == "running")
    bench.finished(order)
    #expect(bench.queue.table.count == 0)
    let skipped = try bench.add([1])
    let again = try bench.add([1], rerun: true)
    #expect(skipped == [])
    #expect(again.count == 1)
  }

  @Test func aFailedJobIsDelayedThenBuriedWhenItsTriesAreUsedUp() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 1 }
    let first = try #require(bench.place().first)
    bench.started(first)
    bench.finished(first, .release(.exit), exitCode: 1)
    #expect(bench.state(1) == "delayed")
    #expect(bench.job(1)?.untilBuried == 1)
    bench.advance(.seconds(29))
    #expect(bench.state(1) == "delayed")
    bench.advance(.seconds(31))
    #expect(bench.state(1) == "ready")
    let second = try #require(bench.place().first)
    #expect(second.attempt != first.attempt)
    bench.finished(second, .release(.exit), exitCode: 1)
    #expect(bench.state(1) == "buried")
    #expect(bench.job(1)?.attempts == 2)
    #expect(bench.job(1)?.run.failReason == .exit)
  }

  @Test func aJobThatNeverStartedIsDelayedWithoutLosingATry() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.finished(order, .release(.start), exitCode: -1, neverStarted: true)
    #expect(bench.state(1) == "delayed")
    #expect(bench.job(1)?.untilBuried == 1)
    #expect(bench.job(1)?.attempts == 0)
  }

  @Test func aVerdictOfBuryBuriesWhateverTriesAreLeft() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 5 }
    let order = try #require(bench.place().first)
    bench.finished(order, .bury(.commandNotFound), exitCode: 127)
    #expect(bench.state(1) == "buried")
    #expect(bench.job(1)?.untilBuried == 0)
  }

  /// All ways of becoming buried (behaviour.md §7.2, "remove").
  @Test(arguments: ["verdict", "retries", "lost", "lost and killed", "impossible", "needed"])
  func aJobThatAsksForItGoesWhenItIsBuried(by way: String) throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in
      spec.behaviours = [Behaviour(on: .success, .remove)]
      if way == "impossible" { spec.requirements.cores = 99 }
    }
    if way == "impossible" {
      bench.commit()
      #expect(bench.live.isEmpty)
      return
    }
    if way == "needed" {
      try bench.add([2]) { _, spec in spec.dependencies = [.key(QueueBench.key(1))] }
    }
    let order = try #require(bench.place().first)
    bench.started(order)
    switch way {
    case "retries": bench.finished(order, .release(.exit), exitCode: 1)
    case "lost":
      bench.advance(.seconds(61))
      bench.queue.confirmLost(bench.id(1), now: bench.now)
    case "lost and killed":
      let isOrdered = bench.queue.kill(bench.id(1))
      #expect(isOrdered)
      bench.advance(.seconds(61))
    default: bench.finished(order, .bury(.commandNotFound), exitCode: 127)
    }
    bench.commit()
    #expect(bench.state(1) == (way == "needed" ? "buried" : "none"))
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aKickedJobIsReadyWithAllItsTries() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 2 }
    bench.finished(try #require(bench.place().first), .bury(.exit), exitCode: 1)
    let kicked = bench.queue.kick(try #require(bench.queue.keys[QueueBench.key(1)]), now: bench.now)
    bench.commit()
    #expect(kicked)
    #expect(bench.state(1) == "ready")
    #expect(bench.job(1)?.untilBuried == 3)
    #expect(bench.job(1)?.run.failReason == .exit, "kept until success")
  }

  @Test func reportsThatComeTwiceOrLateChangeNothing() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 3 }
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.started(order)
    #expect(bench.job(1)?.attempts == 1)
    bench.finished(order, .release(.exit), exitCode: 1)
    let after = bench.job(1)
    bench.finished(order, .complete)
    #expect(bench.job(1) == after)
    let isCurrent = bench.queue.start(bench.start(order.attempt), now: bench.now)
    #expect(!isCurrent)
  }
}
