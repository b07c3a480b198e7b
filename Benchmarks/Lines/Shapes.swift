import Glibc
import Platform

/// shapes: what adding jobs costs the manager that depend on each other or are of many groups,
/// beside jobs of one group that depend on nothing; and setting many free at once.
enum Shapes {
  private struct Shape: Sendable {
    var name: String
    var members: @Sendable (Int) -> String
  }

  private static let shapes = [
    Shape(name: "a chain") { number in
      (number > 0 ? #""deps":["chain \#(number - 1)"],"# : "") + #""dep_grps":["chain \#(number)"]"#
    },
    Shape(name: "10,000 rep groups") { #""rep_grp":"group \#($0 % 10_000)""# },
    Shape(name: "1000 limit groups") { #""limit_grps":["limit \#($0 % 1000):5"]"# },
  ]

  static func measure(_ bench: Bench) async throws -> [Line] {
    let count = bench.size(100_000, quick: 2000)
    return try await bench.withManager { manager in
      try await manager.holdCores()
      bench.say("shapes: plain jobs")
      let base = try await add(0..<1000, "plain", manager) { _ in #""rep_grp":"shape""# }
      var lines: [Line] = []
      for shape in shapes {
        bench.say("shapes: \(shape.name)")
        let cost = try await add(0..<count, shape.name, manager, shape.members)
        lines.append(line("add one of \(count) in \(shape.name)", cost, base))
      }
      bench.say("shapes: a diamond")
      return lines + (try await diamond(count, manager, base))
    }
  }

  private static func line(_ name: String, _ cost: Double, _ base: Double) -> Line {
    Line(
      name: name, figure: cost, unit: "µs/job of the manager", limit: "of 1000 plain jobs",
      limitFigure: base, ratio: cost / base)
  }

  /// Microseconds of the manager for each of so many jobs, in POSTs of at most 10,000.
  private static func add(
    _ numbers: Range<Int>, _ name: String, _ manager: BenchManager, _ members: (Int) -> String
  ) async throws -> Double {
    var cost = 0.0
    for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10_000) {
      let body = BenchManager.body(start..<min(start + 10_000, numbers.upperBound)) { number in
        #""cmd":"echo one of \#(name), which waits \#(number)","cpus":1,"memory":"10M","#
          + members(number)
      }
      cost += try await manager.processorTime { try await manager.add(body, "") }
    }
    return cost / Double(numbers.count) * 1e6
  }

  /// One job, `count` that depend on it, and one that depends on all of these.
  private static func diamond(
    _ count: Int, _ manager: BenchManager, _ base: Double
  ) async throws -> [Line] {
    let gate = "\(manager.directory)/gate"
    let top =
      #"[{"cmd":"until [ -e \#(gate) ]; do sleep 0.1; done","cpus":0,"memory":"1M","dep_grps":["top"]}]"#
    let key = BenchManager.keys(in: try await manager.add(Array(top.utf8), "rep_grp=top"))
    let cost = try await add(0..<count, "a diamond", manager) { _ in
      #""deps":["top"],"dep_grps":["middle"]"#
    }
    let bottom = #"[{"cmd":"echo bottom","cpus":1,"deps":["middle"]}]"#
    try await manager.add(Array(bottom.utf8), "rep_grp=bottom")
    let release = try await manager.processorTime {
      try writeFileAtomically(gate, [], mode: 0o600)
      try await manager.waitUntilComplete(key, pause: .milliseconds(50))
    }
    return [
      line("add one of \(count) in a diamond", cost, base),
      line("set one of \(count) in a diamond free", release / Double(count) * 1e6, base),
    ]
  }
}
