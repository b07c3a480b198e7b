import Jobs
import Platform
import Testing

@testable import Manager

/// Adding, committing, placing, and what a restart brings back.
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

  @Test func manyJobsAreBegunInPiecesAndStandInTheirRound() throws {
    var bench = QueueBench()
    bench.connect()
    bench.queue.pieceSize = 3
    try bench.add([5])
    var begun: [[Job]] = []
    _ = try bench.queue.add(
      [JobSpec(cmd: "first")], keys: [QueueBench.key(20)], rerun: [false], now: bench.now)
    let numbers = [1, 2, 5, 3, 2, 4, 6, 7, 8]
    let admission = try bench.queue.add(
      numbers.map { bench.spec($0) { _, _ in } }, keys: numbers.map(QueueBench.key),
      rerun: numbers.map { _ in false }, now: bench.now, begin: { begun.append($0) })
    #expect(admission.new.count == 7)
    #expect(
      begun.map { $0.map(\.spec.cmd) } == [
        ["echo 1", "echo 2", "echo 3"], ["echo 4", "echo 6", "echo 7"],
      ])
    #expect(begun.joined().allSatisfy { $0.isAsAdded && $0.state == .ready })
    let batch = bench.queue.takeRound().batch
    #expect(batch.pieces == begun)
    #expect(batch.puts.map(\.spec.cmd) == ["first", "echo 8"])
    #expect(!batch.mayUseReserve && !batch.isEmpty)
    bench.queue.abandon(now: bench.now)
    #expect(bench.state(1) == "none" && bench.state(8) == "none")
    #expect(bench.queue.brokenInvariants() == [] && !bench.queue.hasChanges)
  }

  @Test func jobsInPiecesArePlacedInTheOrderTheyWereAdded() throws {
    var bench = QueueBench(cores: 9)
    bench.connect()
    bench.queue.pieceSize = 2
    _ = try bench.queue.add(
      [bench.spec(9) { _, _ in }], keys: [QueueBench.key(9)], rerun: [false], now: bench.now)
    try bench.add([1, 2, 3, 4, 5])
    #expect(bench.place().map(\.spec.cmd) == [9, 1, 2, 3, 4, 5].map { "echo \($0)" })
  }

  @Test func jobsThatWakeCompleteOnesAreNotBegunAsTheseMayCloseACircle() throws {
    var bench = QueueBench()
    bench.queue.pieceSize = 2
    var complete = Job(
      id: JobID(1), key: QueueBench.key(9),
      spec: bench.spec(9) { _, spec in
        spec.dependencies = [.group(DepGroup("a"))]
        spec.depGroups = [DepGroup("a")]
      }, addedAt: bench.now.timestamp, state: .complete)
    complete.attempts = 1
    var history = JobQueue.History()
    history.dependants = [complete]
    let specs = (1...4).map { bench.spec($0) { _, spec in spec.depGroups = [DepGroup("a")] } }
    #expect(throws: QueueError.self) {
      try bench.queue.add(
        specs, keys: (1...4).map(QueueBench.key), rerun: specs.map { _ in false },
        history: history, now: bench.now, begin: { _ in Issue.record("a piece was begun") })
    }
    #expect(!bench.queue.hasChanges)
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func whatWasBegunStaysWhenTheNextRequestOfTheRoundIsRefused() throws {
    var bench = QueueBench()
    bench.connect()
    bench.queue.pieceSize = 2
    try bench.add([1, 2, 3, 4], commits: false) { _, spec in spec.depGroups = [DepGroup("a")] }
    #expect(throws: QueueError.self) {
      try bench.add([5, 6], commits: false) { number, spec in
        spec.dependencies = [.group(DepGroup("a")), .key(QueueBench.key(11 - number))]
      }
    }
    try bench.add([7], commits: false) { _, spec in
      spec.dependencies = [.group(DepGroup("a"))]
    }
    bench.commit()
    #expect(
      [1, 2, 3, 4, 5, 6, 7].map { bench.state($0) }
        == ["ready", "ready", "ready", "ready", "none", "none", "dependent"])
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func jobsThatDependOnOthersAreNotBegun() throws {
    var bench = QueueBench()
    bench.queue.pieceSize = 2
    let specs = (1...6).map { number in
      bench.spec(number) { number, spec in
        if number == 6 { spec.dependencies = [.key(QueueBench.key(1))] }
      }
    }
    let admission = try bench.queue.add(
      specs, keys: (1...6).map(QueueBench.key), rerun: specs.map { _ in false }, now: bench.now,
      begin: { _ in Issue.record("a piece was begun") })
    #expect(admission.new.count == 6)
    #expect(bench.queue.takeRound().batch.pieces == [])
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
