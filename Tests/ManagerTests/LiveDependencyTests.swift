import Jobs
import Testing

@testable import Manager

/// The rows of behaviour.md §4.5 and §4.6.
@Suite struct LiveDependencyTests {
  /// Runs jobs to their success, one after the other.
  private func run(_ bench: inout QueueBench, _ count: Int) throws {
    for _ in 0..<count { bench.finished(try #require(bench.place().first)) }
  }

  private func bench() -> QueueBench {
    var bench = QueueBench(cores: 1)
    bench.connect()
    return bench
  }

  @Test func forwardReferencesInsideOneRequestWork() throws {
    var bench = bench()
    try bench.add([1, 2, 3]) { number, spec in
      if number < 3 { spec.dependencies = [.key(QueueBench.key(number + 1))] }
    }
    #expect([1, 2, 3].map(bench.state) == ["dependent", "dependent", "ready"])
    try run(&bench, 3)
    #expect(bench.history.count == 3)
  }

  @Test func aDependencyOnWhatIsCompleteIsMet() throws {
    var bench = bench()
    try bench.add([1])
    try run(&bench, 1)
    try bench.add([2]) { _, spec in spec.dependencies = [.key(QueueBench.key(1))] }
    #expect(bench.state(2) == "ready")
  }

  @Test func settingFreeIsNotWrittenButFoundOutAtAStart() throws {
    var bench = bench()
    try bench.add([1, 2]) { number, spec in
      if number == 2 { spec.dependencies = [.key(QueueBench.key(1))] }
    }
    let child = bench.id(2)
    let stored = bench.live[child]
    #expect(bench.restarted().state(2) == "dependent")
    bench.finished(try #require(bench.place().first))
    #expect(bench.state(2) == "ready")
    #expect(bench.live[child] == stored)
    let next = bench.restarted()
    #expect(next.state(2) == "ready")
    #expect(next.live[child] == stored, "it is not written at the start either")
    #expect(next.queue.brokenInvariants() == [])
  }

  /// Stores of before wrote of untried jobs, too, whether they are dependent or ready.
  @Test func whatAStoreSaysOfThatIsFoundOutAnew() throws {
    var bench = bench()
    try bench.add([1, 2, 3]) { number, spec in
      if number == 2 { spec.dependencies = [.key(QueueBench.key(1))] }
      if number == 3 { spec.dependencies = [.key(QueueBench.key(9))] }
    }
    var recovered = Recovered()
    recovered.jobs = bench.live.values.sorted { $0.id < $1.id }
    recovered.nextJobID = bench.queue.nextJobID
    recovered.jobs[1].state = .ready
    recovered.jobs[2].state = .dependent
    var queue = QueueBench(generation: 2).queue
    queue.restore(recovered, now: bench.now)
    #expect(
      recovered.jobs.map { queue.table[$0.id]?.job.state.name } == ["ready", "dependent", "ready"])
    #expect(queue.takeRound().batch.puts.isEmpty)
  }

  @Test func aBuriedParentKeepsItsChildrenWaiting() throws {
    var bench = bench()
    try bench.add([1, 2]) { number, spec in
      if number == 2 { spec.dependencies = [.key(QueueBench.key(1))] }
    }
    bench.finished(try #require(bench.place().first), .bury(.exit), exitCode: 1)
    #expect(bench.state(2) == "dependent")
    bench.finished(try #require(restartedOrder(&bench)))
    #expect(bench.state(2) == "ready")
  }

  private func restartedOrder(_ bench: inout QueueBench) -> RunOrder? {
    _ = bench.queue.kick(bench.id(1), now: bench.now)
    return bench.place().first
  }

  /// Counts of resurrected jobs as the original's tests have them: 1, 2, 3.
  @Test func completeDependantsWaitAgainWhenTheirGroupIsJoinedAndSoDoTheirs() throws {
    var bench = bench()
    try bench.add([1, 2, 3, 4]) { number, spec in
      spec.depGroups = [DepGroup("g\(number)")]
      if number > 1 { spec.dependencies = [.group(DepGroup("g\(number - 1)"))] }
    }
    try run(&bench, 4)
    #expect(bench.history.count == 4)
    for (joined, resurrected) in [("g3", 1), ("g2", 2), ("g1", 3)] {
      try bench.add([10]) { _, spec in spec.depGroups = [DepGroup(joined)] }
      #expect(bench.lastAdmission.resurrected.count == resurrected)
      #expect(bench.lastAdmission.jobs.count == 1, "they are not listed")
      let waiting = (5 - resurrected...4)
      #expect(waiting.allSatisfy { bench.state($0) == "dependent" })
      #expect(bench.queue.brokenInvariants() == [])
      try run(&bench, resurrected + 1)
      #expect((1...4).allSatisfy { bench.state($0) == "none" })
      bench.history[QueueBench.key(10)] = nil
    }
  }

  @Test func aSkippedJobOfTheRequestResurrectsNobodyAndIsNotResurrected() throws {
    var bench = bench()
    try bench.add([1, 2]) { number, spec in
      spec.depGroups = [DepGroup("g\(number)")]
      if number == 2 { spec.dependencies = [.group("g1")] }
    }
    try run(&bench, 2)
    try bench.add([1]) { _, spec in spec.depGroups = ["g1"] }
    #expect(bench.queue.table.count == 0, "it is complete, and so nothing has joined")
    // Asked for without rerun, it stays complete, although job 3 joins what it depends on.
    try bench.add([2, 3]) { number, spec in if number == 3 { spec.depGroups = ["g1"] } }
    #expect(bench.state(2) == "none")
    #expect(bench.state(3) == "ready")
  }

  @Test func rerunningAMemberResurrectsItsDependants() throws {
    var bench = bench()
    try bench.add([1, 2]) { number, spec in
      if number == 1 { spec.depGroups = ["g"] } else { spec.dependencies = [.group("g")] }
    }
    try run(&bench, 2)
    try bench.add([1], rerun: true) { _, spec in spec.depGroups = ["g"] }
    #expect(bench.state(1) == "ready")
    #expect(bench.state(2) == "dependent")
    try run(&bench, 2)
    #expect(bench.queue.table.count == 0)
  }

  @Test func runningAndBuriedDependantsAreLeftAlone() throws {
    var bench = QueueBench(cores: 4)
    bench.connect()
    try bench.add([1, 2, 3]) { _, spec in spec.dependencies = [.group("g")] }
    let orders = bench.place()
    bench.started(orders[0])
    bench.finished(orders[1], .bury(.exit), exitCode: 1)
    try bench.add([4]) { _, spec in
      spec.depGroups = ["g"]
      spec.requirements.cores = 4
    }
    #expect([1, 2, 3].map(bench.state) == ["running", "buried", "reserved"])
    bench.finished(orders[0])
    #expect(bench.state(1) == "none")
    _ = bench.queue.kick(bench.id(2), now: bench.now)
    bench.commit()
    #expect(bench.state(2) == "dependent", "looked at when it is kicked")
    bench.finished(orders[2], .release(.start), exitCode: -1, neverStarted: true)
    #expect(bench.state(3) == "dependent")
  }

  @Test func aResurrectionThatClosesACircleIsRefusedAndNothingIsAdded() throws {
    var bench = bench()
    try bench.add([1]) { _, spec in
      spec.dependencies = [.group("g")]
      spec.depGroups = ["h"]
    }
    try run(&bench, 1)
    #expect(throws: QueueError.self) {
      try bench.add([2]) { _, spec in
        spec.depGroups = ["g"]
        spec.dependencies = [.group("h")]
      }
    }
    #expect(bench.queue.table.count == 0)
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aJobThatIsJustCompleteMakesAnAddToItsGroupWait() throws {
    var bench = bench()
    try bench.add([1]) { _, spec in spec.dependencies = [.group("g")] }
    let order = try #require(bench.place().first)
    bench.finishWithoutCommit(order)
    #expect(bench.queue.isLeaving(dependantOf: ["g"]))
    #expect(!bench.queue.isLeaving(dependantOf: ["h"]))
    bench.commit()
    #expect(!bench.queue.isLeaving(dependantOf: ["g"]))
  }

  // MARK: What is said of it

  @Test func aGroupThatNobodyEverJoinedIsNamed() throws {
    var bench = QueueBench(cores: 1)
    try bench.add([1]) { _, spec in spec.dependencies = [.group("ghost")] }
    let words = "depends on group ghost, which no job has joined yet: it is not waited for"
    let job = try #require(bench.job(1))
    #expect(bench.queue.waiting(job, mode: .started, now: bench.now).contains(words))
    try bench.add([2]) { _, spec in spec.depGroups = ["ghost"] }
    let dependent = try #require(bench.job(1))
    #expect(
      bench.queue.waiting(dependent, mode: .started, now: bench.now)
        == ["depends on group ghost: 1 job is not complete"])
    let next = bench.restarted()
    #expect(next.queue.waiting(dependent, mode: .started, now: bench.now).count == 1)
  }

  @Test func aRefusedJobHasJoinedNothing() throws {
    var bench = QueueBench(cores: 1)
    try bench.add([1]) { _, spec in
      spec.dependencies = [.group("a")]
      spec.depGroups = ["b"]
    }
    #expect(throws: QueueError.self) {
      try bench.add([2]) { _, spec in
        spec.dependencies = [.group("b")]
        spec.depGroups = ["a"]
      }
    }
    #expect(
      bench.queue.waiting(try #require(bench.job(1)), mode: .started, now: bench.now)
        .contains("depends on group a, which no job has joined yet: it is not waited for"))
  }
}
