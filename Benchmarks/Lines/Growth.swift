import Platform

/// growth: what adding a job, and placing and finishing one, cost the manager while more and more
/// others are queued, beside the cost while there are 1000.
enum Growth {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      try await manager.holdCores()
      var lines: [Line] = []
      var first: (add: Double, run: Double)?
      var filled = 0
      for queued in bench.isQuick ? [1000, 5000] : [1000, 10_000, 100_000, 1_000_000] {
        try await manager.fill(filled..<queued, bench)
        filled = queued
        bench.say("growth: \(queued) queued")
        var adds: [Double] = []
        var runs: [Double] = []
        for round in 0..<bench.rounds {
          adds.append(try await add(bench, manager, round))
          runs.append(try await run(bench, manager, "\(queued) \(round)"))
        }
        let cost = (add: adds.median, run: runs.median)
        let base = first ?? cost
        first = base
        lines.append(line("add one with \(queued) queued", cost.add, base.add))
        lines.append(line("place and finish one with \(queued) queued", cost.run, base.run))
      }
      return lines
    }
  }

  private static func line(_ name: String, _ cost: Double, _ base: Double) -> Line {
    Line(
      name: name, figure: cost, unit: "µs/job of the manager", limit: "with 1000 queued",
      limitFigure: base, ratio: cost / base)
  }

  /// Microseconds of the manager for each job of POSTs of 100.
  private static func add(_ bench: Bench, _ manager: BenchManager, _ round: Int) async throws
    -> Double
  {
    let posts = bench.size(50, quick: 5)
    let cost = try await manager.processorTime {
      for post in 0..<posts {
        let numbers = post * 100..<(post + 1) * 100
        let body = BenchManager.body(numbers) { BenchManager.waiting(-1 - $0) }
        try await manager.add(body, "rep_grp=added")
      }
    }
    try await manager.delete("added", "deletable")
    return cost / Double(posts * 100) * 1e6
  }

  /// Microseconds of the manager for each job that is added, placed and finished.
  private static func run(_ bench: Bench, _ manager: BenchManager, _ mark: String) async throws
    -> Double
  {
    let count = bench.size(500, quick: 50)
    let body = BenchManager.body(0..<count) { number in
      #""cmd":"true \#(mark) \#(number)","cpus":0,"memory":"10M","cwd_matters":true"#
    }
    let cost = try await manager.processorTime {
      let keys = BenchManager.keys(in: try await manager.add(body, "rep_grp=ran"))
      try await manager.waitUntilComplete(keys.suffix(8), pause: .milliseconds(50))
    }
    return cost / Double(count) * 1e6
  }
}
