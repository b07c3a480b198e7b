import Glibc
import Platform

/// shapes: what jobs cost the manager that depend on each other or are of many groups, while more
/// and more of them wait; and setting many free at once.
enum Shapes {
  private static let series = [
    GrowthSeries(
      name: "a chain",
      members: { number in
        (number > 0 ? #""deps":["chain \#(number - 1)"],"# : "")
          + #""dep_grps":["chain \#(number)"],"rep_grp":"chain""#
      }, isChain: true),
    GrowthSeries(name: "10,000 rep groups") { #""rep_grp":"group \#($0 % 10_000)""# },
    GrowthSeries(name: "1000 limit groups") {
      #""limit_grps":["limit \#($0 % 1000):1000","open"],"rep_grp":"limited""#
    },
  ]

  static func measure(_ bench: Bench) async throws -> [Line] {
    var lines: [Line] = []
    for one in series { lines += try await one.measure(bench) }
    return lines + (try await diamonds(bench))
  }

  /// Diamonds of more and more jobs.
  private static func diamonds(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager(hasBackups: false) { manager in
      try await manager.holdCores()
      var costs: [(size: Int, add: Double, release: Double)] = []
      for size in GrowthSeries.sizes(bench) {
        bench.say("a diamond of \(size)")
        // Small ones several times, as they take a moment only.
        var samples: [(add: Double, release: Double)] = []
        for round in 0..<(size < 100_000 ? bench.rounds : 1) {
          samples.append(try await diamond(size, manager, "\(size) \(round)"))
        }
        costs.append(
          (size, samples.map(\.add).median, samples.map(\.release).median))
      }
      return costs.map { line("a diamond: add one of", $0.size, $0.add, costs[0].add) }
        + costs.map { line("a diamond: set free one of", $0.size, $0.release, costs[0].release) }
    }
  }

  private static func line(_ name: String, _ size: Int, _ cost: Double, _ base: Double) -> Line {
    Line(
      name: "\(name) \(size)", figure: cost, unit: "µs/job of the manager", limit: "of 1000",
      limitFigure: base, ratio: cost / base)
  }

  /// One job, `count` that depend on it, and one that depends on all of these. They are deleted
  /// afterwards.
  ///
  /// - Returns: microseconds of the manager for each.
  private static func diamond(
    _ count: Int, _ manager: BenchManager, _ mark: String
  ) async throws -> (add: Double, release: Double) {
    let gate = "\(manager.directory)/gate \(mark)"
    let top =
      #"[{"cmd":"until [ -e '\#(gate)' ]; do sleep 0.1; done","cpus":0,"memory":"1M","#
      + #""dep_grps":["top \#(mark)"]}]"#
    let key = BenchManager.keys(in: try await manager.add(Array(top.utf8), "rep_grp=top"))
    var add = 0.0
    for start in stride(from: 0, to: count, by: 10_000) {
      let body = BenchManager.body(start..<min(start + 10_000, count)) { number in
        #""cmd":"echo one of a diamond, \#(mark), which waits \#(number)","cpus":1,"#
          + #""memory":"10M","deps":["top \#(mark)"],"dep_grps":["middle \#(mark)"]"#
      }
      add += try await manager.processorTime {
        try await manager.add(body, "rep_grp=diamond&answer=counts")
      }
    }
    let bottom = #"[{"cmd":"echo bottom \#(mark)","cpus":1,"deps":["middle \#(mark)"]}]"#
    try await manager.add(Array(bottom.utf8), "rep_grp=diamond")
    let release = try await manager.processorTime {
      try writeFileAtomically(gate, [], mode: 0o600)
      try await manager.waitUntilComplete(key, pause: .milliseconds(50))
    }
    try await manager.delete("diamond", "deletable")
    return (add / Double(count) * 1e6, release / Double(count) * 1e6)
  }
}
