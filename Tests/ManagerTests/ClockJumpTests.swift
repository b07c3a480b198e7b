import Jobs
import Platform
import Testing

@testable import Manager

/// The wall clock is put forward or back by a year; what the queue does keeps its time.
@Suite struct ClockJumpTests {
  static let year = Duration.seconds(365 * 86_400)

  @Test(arguments: [year, .zero - year])
  func aDelayLastsAsLongAsItWasToLast(jump: Duration) throws {
    var bench = try failedOnce()
    bench.putClock(jump)
    bench.advance(.seconds(29))
    #expect(bench.state(1) == "delayed")
    bench.advance(.seconds(32))
    #expect(bench.state(1) == "ready")
  }

  @Test func aDelayDoesNotGrowWhenTheClockIsPutBackBetweenManagers() throws {
    var before = try failedOnce()
    before.putClock(.zero - Self.year)
    var bench = before.restarted()
    #expect(bench.state(1) == "delayed")
    bench.advance(RetryDelay.longest + .seconds(1))
    #expect(bench.state(1) == "ready")
  }

  @Test func aHostIsLostByItsSilenceNotByTheClock() throws {
    var bench = try running()
    bench.putClock(Self.year)
    bench.advance(.seconds(30))
    #expect(bench.state(1) == "running")
    bench.putClock(.zero - Self.year * 2)
    bench.advance(.seconds(31))
    #expect(bench.state(1) == "lost")
    #expect(bench.job(1)?.run.walltime == .zero, "not less than none")
  }

  private func running() throws -> QueueBench {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 1 }
    bench.started(try #require(bench.place().first))
    return bench
  }

  private func failedOnce() throws -> QueueBench {
    var bench = QueueBench()
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 1 }
    bench.finished(try #require(bench.place().first), .release(.exit), exitCode: 1)
    return bench
  }
}
