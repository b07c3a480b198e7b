import Jobs
import Platform
import Testing

@testable import Manager

@Suite struct JobQueueTests {
  @Test func aNewJobIsReadyAndAJobOfTheSameKeyIsADuplicate() throws {
    var bench = QueueBench()
    let first = try bench.add([1])
    let again = try bench.add([1])
    #expect(bench.state(1) == "ready")
    #expect(first == again)
    #expect(bench.queue.table.count == 1)
  }

  @Test func stagedJobsAreInvisibleAndNotPlacedUntilTheirCommit() throws {
    var bench = QueueBench()
    bench.connect()
    let admission = try bench.queue.add(
      [JobSpec(cmd: "a", reqGroup: "a")], keys: [QueueBench.key(1)], rerun: [false],
      now: bench.now)
    #expect(bench.queue.committed(admission.new[0]) == nil)
    bench.queue.place(now: bench.now)
    #expect(bench.queue.holders.isEmpty)
    bench.commit()
    let placed = bench.place()
    #expect(placed.count == 1)
  }

  @Test func aFailedCommitDropsStagedJobsAndKeepsChangesPending() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    bench.started(order)
    _ = try bench.queue.add(
      [JobSpec(cmd: "b", reqGroup: "b")], keys: [QueueBench.key(2)], rerun: [false],
      now: bench.now)
    bench.queue.finish(
      RunEnd(
        attempt: order.attempt, verdict: .complete, start: bench.start(order.attempt), exited: true,
        exitCode: 0, endedAt: bench.now.timestamp), now: bench.now)
    _ = bench.queue.takeRound()
    bench.queue.abandon(now: bench.now)
    #expect(bench.state(1) == "running", "clients see what is on disk")
    #expect(bench.state(2) == "none")
    #expect(bench.queue.brokenInvariants() == [])
    bench.commit()
    #expect(bench.state(1) == "none")
    #expect(bench.history[QueueBench.key(1)] != nil)
  }

  @Test func aChangeDuringACommitIsShownOnlyWhenItIsWrittenToo() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1])
    let order = try #require(bench.place().first)
    _ = bench.queue.start(bench.start(order.attempt), now: bench.now)
    _ = bench.queue.takeRound()
    bench.finishWithoutCommit(order)
    #expect(bench.state(1) == "reserved")
    bench.queue.settle(now: bench.now)
    #expect(bench.state(1) == "running")
    bench.commit()
    #expect(bench.history[QueueBench.key(1)]?.state == .complete)
  }

  @Test func jobsArePlacedByPriorityThenSizeThenAge() throws {
    var bench = QueueBench(cores: 16)
    bench.connect()
    try bench.add([1, 2, 3, 4, 5]) { number, spec in
      spec.priority = number == 5 ? 9 : 0
      spec.requirements.cores = number == 3 ? 4 : 1
    }
    let placed = bench.place()
    #expect(placed.map(\.key) == [5, 3, 1, 2, 4].map(QueueBench.key))
  }

  @Test func smallerJobsFillGapsThatALargerOneLeaves() throws {
    var bench = QueueBench(cores: 4)
    bench.connect()
    try bench.add([1, 2, 3, 4]) { number, spec in
      spec.requirements.cores = number <= 2 ? 3 : 1
    }
    let placed = bench.place()
    #expect(placed.map(\.key) == [1, 3].map(QueueBench.key))
  }

  @Test func jobsWithoutCoresRunTwicePerCoreAtOnce() throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add(Array(1...10)) { _, spec in spec.requirements.cores = 0 }
    let placed = bench.place()
    #expect(placed.count == 4)
  }

  @Test func memoryIsNeverPromisedTwice() throws {
    var bench = QueueBench(cores: 8, memory: 4000)
    bench.connect()
    try bench.add([1, 2, 3]) { _, spec in spec.requirements.memory = 1900 }
    let placed = bench.place()
    #expect(placed.count == 2)
  }

  @Test func whatCanNeverRunHereIsBuriedWithTheReason() throws {
    var bench = QueueBench(cores: 2, memory: 4000)
    try bench.add([1, 2, 3]) { number, spec in
      if number == 1 { spec.requirements.memory = 4001 }
      if number == 2 { spec.requirements.cores = 3 }
      if number == 3 { spec.requirements.other = ["cloud_flavor": "o1.tiny"] }
    }
    bench.commit()
    for number in 1...3 {
      #expect(bench.state(number) == "buried")
      let reason = try #require(bench.job(number)?.run.failReason).text
      #expect(reason.hasPrefix("resource requirements cannot be met: "))
      #expect(bench.job(number)?.attempts == 0)
    }
  }

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

  @Test func dependantsWaitForSuccessOfAllTheyDependOn() throws {
    var bench = QueueBench()
    bench.connect()
    try bench.add([3, 1, 2]) { number, spec in
      if number < 3 { spec.depGroups = ["g"] }
      if number == 3 { spec.dependencies = [.group("g"), .key(QueueBench.key(1))] }
    }
    #expect(bench.state(3) == "dependent")
    let orders = bench.place()
    #expect(orders.count == 2)
    bench.finished(orders[0])
    #expect(bench.state(3) == "dependent")
    bench.finished(orders[1], .bury(.exit), exitCode: 1)
    #expect(bench.state(3) == "dependent", "a buried parent keeps its children waiting")
    _ = bench.queue.kick(try #require(bench.queue.keys[orders[1].key]), now: bench.now)
    bench.finished(try #require(bench.place().first))
    #expect(bench.state(3) == "ready")
  }

  @Test func aNewMemberOfAGroupMakesReadyDependantsWaitAgainAndLeavesRunningOnesAlone() throws {
    var bench = QueueBench(cores: 1)
    bench.connect()
    try bench.add([1, 2]) { _, spec in spec.dependencies = [.group("g")] }
    let placed = bench.place()
    #expect(placed.map(\.key) == [QueueBench.key(1)], "nobody had joined the group")
    try bench.add([3]) { _, spec in spec.depGroups = ["g"] }
    #expect(bench.state(1) == "reserved")
    #expect(bench.state(2) == "dependent")
  }

  @Test func dependenciesOfUnknownJobsAreMet() throws {
    var bench = QueueBench()
    try bench.add([1]) { _, spec in spec.dependencies = [.group("g"), .key(QueueBench.key(9))] }
    #expect(bench.state(1) == "ready")
  }

  @Test(arguments: [
    [(1, [1])], [(1, [2]), (2, [1])], [(1, [2]), (2, [3]), (3, [1]), (4, [1])],
  ])
  func aCircleIsRefusedByNameAndAddsNothing(edges: [(Int, [Int])]) throws {
    var bench = QueueBench()
    try bench.add([100])
    let before = bench.queue.table.count
    let error = #expect(throws: QueueError.self) {
      try bench.add(edges.map(\.0)) { number, spec in
        spec.dependencies = edges.first { $0.0 == number }!.1.map { .key(QueueBench.key($0)) }
      }
    }
    guard case .invalid(let words)? = error else { return #expect(Bool(false), "not invalid") }
    #expect(words.contains("\"echo 1\""))
    #expect(bench.queue.table.count == before)
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aCircleClosedAcrossRequestsThroughAGroupIsRefused() throws {
    var bench = QueueBench()
    try bench.add([1]) { _, spec in
      spec.dependencies = [.group("b")]
      spec.depGroups = ["a"]
    }
    #expect(throws: QueueError.self) {
      try bench.add([2]) { _, spec in
        spec.dependencies = [.group("a")]
        spec.depGroups = ["b"]
      }
    }
    #expect(bench.state(1) == "ready", "the refused job no longer holds it up")
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aTreeIsDeletedWholeButNotAJobThatOthersNeed() throws {
    var bench = QueueBench()
    let ids = try bench.add([1, 2, 3]) { number, spec in
      if number == 1 { spec.depGroups = ["g"] }
      if number == 2 { spec.dependencies = [.group("g")] }
      if number == 3 { spec.dependencies = [.key(QueueBench.key(2))] }
    }
    let one = bench.queue.delete([ids[0]])
    let two = bench.queue.delete([ids[0], ids[1]])
    let all = bench.queue.delete(ids)
    #expect(one == [])
    #expect(two == [])
    #expect(all == ids)
    #expect(bench.state(1) == "ready", "shown until the deletion is on disk")
    bench.commit()
    #expect(bench.queue.table.count == 0)
    #expect(bench.live.isEmpty)
  }

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

  @Test func aRestartBringsEveryStateBack() throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add([1, 2, 3, 4, 5]) { number, spec in
      spec.priority = 10 - number
      spec.retries = 1
      if number == 5 { spec.dependencies = [.key(QueueBench.key(4))] }
    }
    let orders = bench.place()
    bench.started(orders[0])
    bench.finished(orders[1], .release(.exit), exitCode: 1)
    var again = QueueBench(cores: 2, generation: 2)
    again.now = bench.now
    var recovered = Recovered()
    recovered.jobs = bench.live.values.sorted { $0.id < $1.id }
    recovered.nextJobID = 6
    again.queue.restore(recovered, now: again.now)
    again.commit()
    #expect((1...5).map(again.state) == ["running", "delayed", "ready", "ready", "dependent"])
    #expect(again.queue.machine.coresUsed == 1)
    #expect(again.queue.brokenInvariants() == [])
    again.connect(running: [again.start(orders[0].attempt)])
    again.advance(.seconds(61))
    #expect(again.state(2) == "ready")
    let placed = again.place()
    #expect(placed.allSatisfy { $0.attempt > orders[1].attempt })
  }

  @Test func aJobIsFoundUnderEveryGroupItWasAddedWith() throws {
    var bench = QueueBench()
    let ids = try bench.add([1]) { _, spec in spec.repGroup = "a" }
    try bench.add([1]) { _, spec in spec.repGroup = "b" }
    #expect(bench.queue.members(of: "a") == ids)
    #expect(bench.queue.members(of: "b") == ids)
    let deleted = bench.queue.delete(ids)
    #expect(deleted == ids)
    bench.commit()
    #expect(bench.queue.repGroups.isEmpty)
  }

  @Test func aJobDeletedButNotYetOnDiskMakesItsSuccessorWait() throws {
    var bench = QueueBench()
    let ids = try bench.add([1])
    _ = bench.queue.delete(ids)
    #expect(bench.queue.mustWait(QueueBench.key(1), rerun: false))
    bench.commit()
    #expect(!bench.queue.mustWait(QueueBench.key(1), rerun: false))
  }
}

extension QueueBench {
  mutating func finishWithoutCommit(_ order: RunOrder) {
    queue.finish(
      RunEnd(
        attempt: order.attempt, verdict: .complete, start: start(order.attempt), exited: true,
        exitCode: 0, endedAt: now.timestamp), now: now)
  }
}
