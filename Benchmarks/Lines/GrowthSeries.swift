import Glibc
import HTTP
import Platform

/// What jobs of one kind cost the manager while more and more of them are queued: to add one, to
/// place one, and to finish one, each beside the cost while there are 1000.
///
/// All jobs of a series are of the limit group `open`, which is closed but for so many as are
/// placed; so those that are placed come first of all that wait. They take next to no core, as of
/// those without any only some run at once, and wait for a pipe to be opened,
/// which is how they are finished at a moment of our choice.
struct GrowthSeries: Sendable {
  var name: String
  /// Further members of the job with this number.
  var members: @Sendable (Int) -> String
  /// Whether only one can run at once: it is then placed and finished in one measurement.
  var isChain = false

  private static let perPost = 100

  static func sizes(_ bench: Bench) -> [Int] {
    bench.isQuick ? [1000, 4000] : [1000, 10_000, 100_000, 1_000_000]
  }

  func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager(hasBackups: false) { manager in
      let pipe = "\(manager.directory)/pipe"
      guard mkfifo(pipe, 0o600) == 0 else { throw SystemError(operation: "make \(pipe)") }
      try await manager.setLimit(0)
      var costs: [[String: Double]] = []
      var number = 0
      for size in Self.sizes(bench) {
        bench.say("\(name): \(size) queued")
        while number < size {
          try await add(min(10_000, size - number), &number, manager)
        }
        var samples: [String: [Double]] = [:]
        for _ in 0..<bench.rounds {
          for (step, cost) in try await round(bench, &number, manager, pipe) {
            samples[step, default: []].append(cost)
          }
        }
        costs.append(samples.mapValues { $0.median })
      }
      return lines(bench, costs)
    }
  }

  private func lines(_ bench: Bench, _ costs: [[String: Double]]) -> [Line] {
    let steps = isChain ? ["add", "place and finish"] : ["add", "place", "finish"]
    return steps.flatMap { step in
      zip(Self.sizes(bench), costs).map { size, cost in
        let (figure, limit) = (cost[step] ?? 0, costs[0][step] ?? 0)
        return Line(
          name: "\(name): \(step) one with \(size) queued", figure: figure,
          unit: "µs/job of the manager", limit: "with \(Self.sizes(bench)[0]) queued",
          limitFigure: limit, ratio: figure / limit)
      }
    }
  }

  private func add(_ count: Int, _ number: inout Int, _ manager: BenchManager) async throws {
    let command = isChain ? "true" : "cat \(manager.directory)/pipe"
    let body = BenchManager.body(number..<number + count) { number in
      #""cmd":"\#(command) # \#(number)","cpus":0.001,"memory":"1M","override":2,\#(members(number))"#
    }
    try await manager.add(body, "limit_grps=open&answer=counts")
    number += count
  }

  /// Microseconds of the manager for each job, by step.
  private func round(
    _ bench: Bench, _ number: inout Int, _ manager: BenchManager, _ pipe: String
  ) async throws -> [String: Double] {
    let posts = bench.size(50, quick: 5)
    let start = number
    let adding = try await manager.processorTime {
      for _ in 0..<posts { try await add(Self.perPost, &number, manager) }
    }
    let added = adding / Double(number - start) * 1e6
    let count = bench.size(200, quick: 20)
    if isChain {
      let before = try await manager.completeCount()
      var after = before
      let running = try await manager.processorTime {
        try await manager.setLimit(1)
        while after < before + count {
          _ = await manager.reactor.sleep(until: .now + .milliseconds(50))
          after = try await manager.completeCount()
        }
        try await manager.setLimit(0)
        try await manager.wait(untilRunning: 0)
      }
      after = try await manager.completeCount()
      return ["add": added, "place and finish": running / Double(after - before) * 1e6]
    }
    let placing = try await manager.processorTime {
      try await manager.setLimit(count)
      try await manager.wait(untilRunning: count)
      // The last of their starts are reported a moment later.
      _ = await manager.reactor.sleep(until: .now + .milliseconds(300))
    }
    try await manager.setLimit(0)
    let finishing = try await manager.processorTime {
      try await manager.wait(untilRunning: 0) { Self.open(pipe) }
    }
    return [
      "add": added, "place": placing / Double(count) * 1e6,
      "finish": finishing / Double(count) * 1e6,
    ]
  }

  /// Lets those go that wait for somebody to open the pipe.
  private static func open(_ pipe: String) {
    let descriptor = Glibc.open(pipe, O_WRONLY | O_NONBLOCK)
    if descriptor >= 0 { close(descriptor) }
  }
}

extension BenchManager {
  /// How many jobs of the group `open` may run.
  fileprivate func setLimit(_ limit: Int) async throws {
    let answer = try await client.send(
      "PUT", "/rest/v1/limits/", body: Array(#"{"open":\#(limit)}"#.utf8),
      until: .now + Bench.deadline)
    guard answer.status == 200 else { throw Self.unexpected(answer) }
  }

  /// Asks at the cost of one group, however many jobs there are.
  fileprivate func wait(
    untilRunning count: Int, meanwhile: () -> Void = {}
  ) async throws {
    while try await !get("/rest/v1/limits/open").holds(#""Running":\#(count)}"#) {
      meanwhile()
      _ = await reactor.sleep(until: .now + .milliseconds(20))
    }
  }

  /// How many jobs of the group `chain` are complete.
  fileprivate func completeCount() async throws -> Int {
    let counts = try await get("/rest/v1/groups/chain")
    guard let found = counts.ranges(of: Array(#""complete":"#.utf8)).first else { return 0 }
    let digits = counts[found.upperBound...].prefix { $0 != UInt8(ascii: ",") }
    return Int(String(decoding: digits, as: UTF8.self)) ?? 0
  }
}
