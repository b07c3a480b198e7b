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
      (nil, 0), (.milliseconds(250), 0), (.milliseconds(249), 1), (.milliseconds(50), 2),
      (.milliseconds(20), 5), (.milliseconds(1), 32), (.zero, 32),
    ] as [(Duration?, Int)])
  func theShorterJobsAreTheMoreMayWait(pace: Duration?, depth: Int) {
    #expect(Lookahead.depth(pace: pace) == depth)
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
    #expect(placed.count == 12)
    #expect(placed.allSatisfy { $0.machine?.cores == 2 })
    bench.started(placed[0])
    bench.finished(placed[0], walltime: .milliseconds(20))
    let next = bench.place()
    #expect(next.count == 1)
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
    func depth() -> Int { Lookahead.depth(pace: learning.pace(of: group)) }
    #expect(depth() == 0)
    learning.note(.milliseconds(20), of: group)
    #expect(depth() > 0)
    learning.note(.seconds(3), of: group)
    var shortRuns = 0
    while depth() == 0 {
      learning.note(.milliseconds(20), of: group)
      shortRuns += 1
    }
    #expect(shortRuns > 10)
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
