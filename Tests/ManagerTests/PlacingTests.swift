import Jobs
import Platform
import Testing

@testable import Manager

/// Placing beyond the original: reservations, backfill, learnt requirements, and why a job waits.
@Suite struct PlacingTests {
  // MARK: Starvation

  /// A 2-core job behind an endless stream of 1-core jobs, as the stream's times say and as they
  /// really are.
  @Test(arguments: [(10, 10), (3600, 5), (5, 60)])
  func aLargeJobIsNotStarvedByAStreamOfSmallOnes(expected: Int, actual: Int) throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    var next = 1
    func small(_ spec: inout JobSpec) {
      spec.requirements.time = .seconds(expected)
      spec.override = 2
    }
    var running: [(order: RunOrder, end: Int)] = []
    var largeSince: Int?
    for second in 0..<400 {
      while bench.queue.table.count < 6 {
        try bench.add([next]) { _, spec in small(&spec) }
        next += 1
      }
      if second == 20 {
        try bench.add([100_000]) { _, spec in
          small(&spec)
          spec.requirements.cores = 2
        }
        largeSince = second
      }
      for (order, end) in running where end <= second { bench.finished(order) }
      running.removeAll { $0.end <= second }
      for order in bench.place() {
        if order.key == QueueBench.key(100_000) {
          #expect(second - largeSince! <= max(expected, actual), "waited too long")
          return
        }
        // Not in step with one another.
        bench.started(order)
        running.append((order, second + actual - Int(order.attempt.number % 2)))
      }
      bench.now.instant = bench.now.instant + .seconds(1)
      bench.now.timestamp = bench.now.timestamp + .seconds(1)
      bench.queue.seen(QueueBench.host, now: bench.now)
    }
    Issue.record("the large job never ran")
  }

  @Test func aGapIsFilledByWhatEndsInTime() throws {
    var bench = QueueBench(cores: 4)
    bench.connect()
    func timed(_ seconds: Int, _ cores: Cores) -> (Int, inout JobSpec) -> Void {
      { _, spec in
        spec.requirements.time = .seconds(seconds)
        spec.requirements.cores = cores
      }
    }
    try bench.add([1], timed(100, 3))
    #expect(bench.place().count == 1)
    try bench.add([2], timed(50, 4))
    try bench.add([3], timed(101, 1))
    try bench.add([4], timed(99, 1))
    let placed = bench.place()
    #expect(placed.map(\.key) == [QueueBench.key(4)])
    let waits = try #require(bench.job(3))
    #expect(
      bench.queue.waiting(waits, mode: .started, now: bench.now)[0].hasPrefix("not enough cores"))
  }

  @Test func whatFitsBesideTheReservedJobMayRunLonger() throws {
    var bench = QueueBench(cores: 4)
    bench.connect()
    try bench.add([1, 2, 3]) { number, spec in
      spec.requirements.cores = [0, 2, 3, 1][number]
      spec.requirements.time = .seconds(number == 3 ? 100_000 : 10)
      spec.priority = number == 3 ? 0 : 9 - number
    }
    // 2 cores run, 3 are reserved for; one more beside those 3 is free for good.
    #expect(bench.place().map(\.key) == [1, 3].map(QueueBench.key))
  }

  @Test func aJobThatMustWaitForTheReservedOneSaysSo() throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add([1, 2, 3]) { number, spec in
      spec.requirements.cores = number == 2 ? 2 : 1
      spec.requirements.time = .seconds(number == 3 ? 100 : 10)
      spec.priority = 5 - number
    }
    #expect(bench.place().count == 1)
    let job = try #require(bench.job(3))
    let reserved = QueueBench.key(2)
    #expect(
      bench.queue.waiting(job, mode: .started, now: bench.now)
        == ["room is kept for job \(reserved), which is larger or of higher priority"])
  }

  // MARK: Learnt

  @Test func waitingJobsNeedWhatWasLearntMeanwhile() throws {
    var bench = QueueBench(cores: 64, memory: 4096)
    bench.connect()
    try bench.add(Array(1...20)) { _, spec in spec.requirements.memory = 3000 }
    let first = bench.place()
    #expect(first.count == 1)
    bench.started(first[0])
    bench.finished(first[0], peakMemory: 50)
    // 100 MB are learnt, and 100 are added: 20 fit.
    #expect(bench.place().count == 19)
    #expect(bench.job(20)?.requirements.memory == 100)
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aJobThatLackedMemoryGetsMoreWhenItIsReadyAgainAndNotBefore() throws {
    var bench = QueueBench(cores: 2, memory: 8192)
    bench.connect()
    try bench.add([1]) { _, spec in spec.requirements.memory = 200 }
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.finished(order, .release(.memory), exitCode: -1, peakMemory: 500)
    #expect(bench.state(1) == "buried")
    #expect(bench.job(1)?.requirements.memory == 200)
    _ = bench.queue.kick(bench.id(1), now: bench.now)
    #expect(try #require(bench.place().first).requirements.memory == 1500)
  }

  @Test func aJobThatNowNeedsMoreThanThereIsIsBuriedWithTheReason() throws {
    var bench = QueueBench(cores: 2, memory: 8192)
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 3 }
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.finished(order, .release(.memory), exitCode: -1, peakMemory: 8000)
    bench.advance(.seconds(61))
    #expect(bench.state(1) == "buried")
    #expect(
      bench.job(1)?.run.failReason?.text
        == "resource requirements cannot be met: needs 16000 MB of memory, this machine has 8192 MB"
    )
  }

  @Test func whatWasLearntSurvivesARestart() throws {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add([1, 2]) { _, spec in spec.requirements.cores = 2 }
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.finished(order, peakMemory: 250)
    var next = bench.restarted()
    next.connect()
    #expect(next.place().first?.requirements.memory == 300)
  }

  // MARK: Why a job waits

  @Test func eachWaitingJobSaysWhy() throws {
    var bench = QueueBench(cores: 2, memory: 4096)
    func why(_ number: Int, _ mode: ManagerMode = .started) throws -> [String] {
      let job = try #require(bench.job(number))
      return bench.queue.waiting(job, mode: mode, now: bench.now)
    }
    try bench.add([1, 2], limits: [("L", 0)]) { number, spec in
      spec.requirements.memory = 3000
      spec.retries = 1
      spec.limitGroups = number == 2 ? ["L"] : []
    }
    #expect(try why(1) == ["no runner host is connected"])
    bench.connect()
    #expect(try why(1, .paused) == ["the manager is paused"])
    #expect(try why(1, .draining) == ["the manager is draining: it starts no more jobs"])
    #expect(try why(1) == ["next in line"])
    #expect(try why(2) == ["limit group L is full: 0 may run"])
    let order = try #require(bench.place().first)
    try bench.add([3, 4, 5, 6]) { number, spec in
      spec.requirements.memory = number == 3 ? 3000 : 10
      spec.requirements.cores = number == 4 ? 2 : 1
      if number == 5 { spec.dependencies = [.key(QueueBench.key(1))] }
      if number == 6 { spec.limitGroups = ["datetime<2001-01-01 00:00:00"] }
    }
    #expect(try why(3) == ["not enough memory: needs 3000 MB, 1096 free"])
    #expect(try why(4) == ["not enough cores: needs 2, 1 free"])
    #expect(
      try why(5) == ["depends on job \(QueueBench.key(1)), which is reserved: echo 1"])
    #expect(try why(6) == ["limit group datetime<2001-01-01 00:00:00 is closed for good"])
    bench.started(order)
    #expect(try why(1) == [], "a job that runs does not wait")
    bench.finished(order, .release(.exit), exitCode: 1)
    #expect(try why(1)[0].hasPrefix("delayed until 2023-11-14T22:"))
  }
}
