import Jobs
import Platform
import Testing

@testable import Manager

struct LookaheadTests {
  private let machine = Machine(cores: 2, memory: 8192)
  private let one = Machine.Room(cores: 1, memory: 100)

  @Test func nineShortJobsOfASizeShareEachRoom() {
    var lookahead = Lookahead(machine: machine, held: [])
    var count = 0
    while lookahead.admits(one, isShort: true) {
      lookahead.take(one, isShort: true)
      count += 1
    }
    #expect(count == 18)
  }

  @Test func noJobThatMayBeLongGoesAhead() {
    let lookahead = Lookahead(machine: machine, held: [])
    #expect(!lookahead.admits(one, isShort: false))
  }

  @Test func noneWaitsBehindLongJobs() {
    let long = Lookahead(machine: machine, held: [(one, false), (one, false)])
    #expect(!long.admits(one, isShort: true))
    let half = Lookahead(
      machine: machine, held: [(one, false)] + Array(repeating: (one, true), count: 8))
    #expect(half.admits(one, isShort: true))
    let full = Lookahead(
      machine: machine, held: [(one, false)] + Array(repeating: (one, true), count: 9))
    #expect(!full.admits(one, isShort: true))
  }

  @Test func jobsOfAnotherSizeDoNotMakeRoom() {
    let two = Machine.Room(cores: 2, memory: 100)
    let lookahead = Lookahead(machine: machine, held: [(one, true)])
    #expect(!lookahead.admits(two, isShort: true))
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
    #expect(placed.count == 18)
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
    #expect(!learning.isShort(group))
    learning.note(.milliseconds(20), of: group)
    #expect(learning.isShort(group))
    learning.note(.seconds(3), of: group)
    var shortRuns = 0
    while !learning.isShort(group) {
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
