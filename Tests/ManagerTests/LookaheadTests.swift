import Jobs
import Platform
import Testing

@testable import Manager

struct LookaheadTests {
  private let machine = Machine(cores: 2, memory: 8192)
  private let one = Machine.Room(cores: 1, memory: 100)

  private func admits(_ lookahead: inout Lookahead, _ room: Machine.Room, depth: Int) -> Bool {
    lookahead.admits(room, depth: depth)
  }

  @Test(
    arguments: [
      (.milliseconds(250), 99, 0), (.milliseconds(249), 99, 1), (.milliseconds(50), 99, 2),
      (.milliseconds(20), 99, 5), (.milliseconds(1), 99, 64), (.zero, 99, 64), (.zero, 7, 7),
      (.zero, 0, 1),
    ] as [(Duration, Int, Int)])
  func theShorterJobsAreAndTheMoreHaveEndedTheMoreMayWait(
    walltime: Duration, ends: Int, depth: Int
  ) {
    var pace = Learning.Pace(
      walltime: walltime, mean: walltime, repGroup: "r", since: .now)
    pace.ends = ends
    #expect(Lookahead.depth(pace: pace) == depth)
    #expect(Lookahead.depth(pace: nil) == 0)
  }

  @Test func whatEndedAMomentAgoCountsNoMore() {
    var learning = Learning()
    let (group, start) = (ReqGroup("g"), Instant.now)
    for _ in 1...9 { learning.note(.milliseconds(1), of: group, in: "r", now: start) }
    func depth(_ milliseconds: Int) -> Int {
      Lookahead.depth(pace: learning.pace(of: group, now: start + .milliseconds(milliseconds)))
    }
    #expect([0, 249, 251, 499, 501].map(depth) == [9, 9, 9, 9, 1])
    learning.note(.milliseconds(1), of: group, in: "r", now: start + .milliseconds(300))
    #expect([301, 549, 551, 1100].map(depth) == [10, 10, 1, 1])
    let now = start + .milliseconds(301)
    #expect(Lookahead.depth(pace: learning.pace(of: group, in: "r", now: now)) == 10)
    #expect(
      Lookahead.depth(pace: learning.pace(of: group, in: "other", now: now)) == 1,
      "jobs of another group may be others")
    learning.note(.milliseconds(1), of: group, in: "other", now: now)
    #expect(Lookahead.depth(pace: learning.pace(of: group, in: "r", now: now)) == 1)
  }

  @Test func shortJobsOfASizeShareEachRoom() {
    var lookahead = Lookahead(machine: machine, held: [])
    var count = 0
    while lookahead.admits(one, depth: 8) {
      lookahead.take(one, isShort: true)
      count += 1
    }
    #expect(count == 18)
  }

  @Test func noJobThatMayBeLongGoesAhead() {
    var lookahead = Lookahead(machine: machine, held: [])
    #expect(!admits(&lookahead, one, depth: 0))
  }

  @Test func whatIsTakenMeanwhileCounts() {
    let two = Machine.Room(cores: 2, memory: 100)
    var lookahead = Lookahead(machine: machine, held: [])
    #expect(admits(&lookahead, one, depth: 1))
    lookahead.take(two, isShort: true)
    #expect(!admits(&lookahead, one, depth: 1), "those of another size leave no room")
    #expect(admits(&lookahead, two, depth: 1))
    lookahead.take(one, isShort: false)
    #expect(!admits(&lookahead, two, depth: 1))
  }

  @Test func noneWaitsBehindLongJobs() {
    var long = Lookahead(machine: machine, held: [(one, false), (one, false)])
    #expect(!admits(&long, one, depth: 8))
    var half = Lookahead(
      machine: machine, held: [(one, false)] + Array(repeating: (one, true), count: 8))
    #expect(admits(&half, one, depth: 8))
    var full = Lookahead(
      machine: machine, held: [(one, false)] + Array(repeating: (one, true), count: 9))
    #expect(!admits(&full, one, depth: 8))
  }

  @Test func jobsOfAnotherSizeDoNotMakeRoom() {
    let two = Machine.Room(cores: 2, memory: 100)
    var lookahead = Lookahead(machine: machine, held: [(one, true)])
    #expect(!admits(&lookahead, two, depth: 8))
  }

  /// Ends one job, so that its group is known to be short.
  private func learned() throws -> QueueBench {
    var bench = QueueBench(cores: 2)
    bench.connect()
    try bench.add([1])
    for order in bench.place() {
      bench.started(order)
      bench.finished(order, walltime: .milliseconds(20))
    }
    bench.commit()
    return bench
  }

  @Test func shortJobsAreOrderedBeforeThereIsRoomAndNoMore() throws {
    var bench = try learned()
    try bench.add(Array(2...40))
    let placed = bench.place()
    #expect(placed.count == 4)
    #expect(placed.allSatisfy { $0.machine?.cores == 2 })
    bench.started(placed[0])
    bench.finished(placed[0], walltime: .milliseconds(20))
    let next = bench.place()
    #expect(next.count == 3)
    #expect(bench.queue.brokenInvariants() == [])
  }

  @Test func aPlaceInALimitGroupIsForWhatRuns() throws {
    var bench = try learned()
    try bench.add(Array(2...40)) { _, spec in spec.limitGroups = ["L"] }
    let placed = bench.place()
    #expect(placed.count == 2)
  }

  @Test func oneLongRunIsEnoughToThinkTwice() {
    var learning = Learning()
    let group = ReqGroup("g")
    let now = Instant.now
    func depth() -> Int { Lookahead.depth(pace: learning.pace(of: group, now: now)) }
    #expect(depth() == 0)
    learning.note(.milliseconds(20), of: group, in: "r", now: now)
    #expect(depth() > 0)
    learning.note(.seconds(3), of: group, in: "r", now: now)
    var shortRuns = 0
    while depth() == 0 {
      learning.note(.milliseconds(20), of: group, in: "r", now: now)
      shortRuns += 1
    }
    #expect(shortRuns > 10)
  }

  @Test func oneThatWasHeldUpHoldsUpFewOthers() {
    var learning = Learning()
    let (group, now) = (ReqGroup("g"), Instant.now)
    func depth() -> Int { Lookahead.depth(pace: learning.pace(of: group, now: now)) }
    for _ in 1...99 { learning.note(.milliseconds(2), of: group, in: "r", now: now) }
    let before = depth()
    learning.note(.milliseconds(40), of: group, in: "r", now: now)
    #expect(before > 40 && depth() > before / 2)
    for _ in 1...99 { learning.note(.milliseconds(40), of: group, in: "r", now: now) }
    #expect(depth() == 2, "all are longer now")
  }

  @Test func nothingGoesAheadOfAJobThatIsFirstAndMustWait() throws {
    var bench = try learned()
    try bench.add([2, 3])
    let both = bench.place()
    #expect(both.count == 2)
    try bench.add([4]) { _, spec in
      spec.reqGroup = "unknown"
      spec.requirements.cores = 2
      spec.priority = 9
    }
    try bench.add([5, 6])
    let behind = bench.place()
    #expect(behind == [])
  }
}
