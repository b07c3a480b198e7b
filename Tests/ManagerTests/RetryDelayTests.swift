import Jobs
import Platform
import Testing

@testable import Manager

/// The formula of behaviour.md §8.
@Suite struct RetryDelayTests {
  @Test(arguments: [
    // retries, untilBuried, seconds: of attempt after attempt
    (5, 6, 30), (5, 5, 60), (5, 4, 120), (5, 3, 240), (5, 2, 480), (5, 1, 960),
    (8, 2, 1800), (8, 1, 1800), (255, 1, 1800),
    // As never happens: more tries left than there ever were.
    (0, 200, 30), (0, 1, 30),
  ])
  func theDelayDoublesToHalfAnHour(retries: Int, untilBuried: Int, seconds: Int) {
    let base = RetryDelay.base(retries: retries, untilBuried: untilBuried)
    #expect(base == .seconds(seconds))
    var random = SplitMix64(seed: 20_261_127)
    var delays: Set<Duration> = []
    for _ in 0..<100 {
      let delay = RetryDelay.delay(retries: retries, untilBuried: untilBuried, using: &random)
      #expect(delay > base && delay <= base + .seconds(30))
      delays.insert(delay)
    }
    #expect(delays.count == 100, "what failed together does not return together")
  }

  @Test func aJobWaitsLongerAfterEachFailure() throws {
    var bench = QueueBench()
    try bench.add([1]) { _, spec in spec.retries = 7 }
    for base in [30, 60, 120, 240, 480, 960, 1800] {
      bench.connect()
      let order = try #require(bench.place().first)
      bench.started(order)
      bench.finished(order, .release(.exit), exitCode: 1)
      let due = try #require(bench.queue.delays.first?.due)
      let wait = due - bench.now.instant
      #expect(wait > .seconds(base) && wait <= .seconds(base + 30))
      bench.advance(wait - .nanoseconds(1))
      #expect(bench.state(1) == "delayed")
      bench.advance(.nanoseconds(1))
      #expect(bench.state(1) == "ready")
    }
  }
}
