import Jobs
import Platform
import Testing

@testable import Manager

/// Who waits for whom, and what can be deleted.
@Suite struct JobQueueDependencyTests {
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
}
