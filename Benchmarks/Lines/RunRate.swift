import Platform

/// run: `true` jobs from their POST until all are complete, beside a loop that only spawns the same
/// commands with the same shell, as many at once. And what manager and host take for each.
enum RunRate {
  /// How jobs are run.
  private struct Way {
    var name: String
    var command = "true"
    var members: String
    var atOnce: Int
  }

  static func measure(_ bench: Bench) async throws -> [Line] {
    let cores = MachineFacts.processorCount
    let ways = [
      Way(
        name: "run `true`, a core each, in a given directory",
        members: #""cpus":1,"memory":"10M","cwd_matters":true"#, atOnce: cores),
      Way(
        name: "run `true`, no core, in a given directory",
        members: #""cpus":0,"memory":"10M","cwd_matters":true"#, atOnce: 2 * cores),
      Way(
        name: "run `/bin/true`, a core each, in a given directory", command: "/bin/true",
        members: #""cpus":1,"memory":"10M","cwd_matters":true"#, atOnce: cores),
      Way(
        name: "run `true`, a core each, own directory and cleanup",
        members: #""cpus":1,"memory":"10M","on_exit":[{"cleanup":true}]"#, atOnce: cores),
    ]
    return try await bench.withManager { manager in
      var lines: [Line] = []
      for way in ways { lines += try await measure(way, bench, manager) }
      return lines
    }
  }

  private static func measure(
    _ way: Way, _ bench: Bench, _ manager: BenchManager
  ) async throws -> [Line] {
    let count = bench.size(5000, quick: 300)
    var rates = Samples()
    var managerCost: [Double] = []
    var hostCost: [Double] = []
    for round in 0..<bench.rounds {
      bench.say("\(way.name): round \(round + 1) of \(bench.rounds)")
      let body = BenchManager.body(0..<count) { number in
        // A command of its own for each: the same one twice would be one job.
        #""cmd":"\#(way.command) \#(round) \#(number) \#(way.atOnce)",\#(way.members)"#
      }
      // Half of it before and half after, as the load of the machine changes.
      let loop = SpawnLoop(
        command: "\(way.command) \(round) 0 \(way.atOnce)", count: count / 2, atOnce: way.atOnce)
      let before = try loop.run()
      let host = try manager.hostPid()
      let hostBefore = try host.map { try ProcessFigures(of: $0).processorTime } ?? 0
      var taken = 0.0
      let cost = try await manager.processorTime {
        taken = try await bench.seconds {
          // A client that adds thousands does not want to be shown each.
          let keys = BenchManager.listedKeys(
            in: try await manager.add(body, "rep_grp=run&answer=keys"))
          try await manager.waitUntilComplete(keys.suffix(2), pause: .milliseconds(20))
          while try await !manager.get("/rest/v1/jobs/?limit=1").starts(with: Array("[]".utf8)) {
            _ = await manager.reactor.sleep(until: .now + .milliseconds(5))
          }
        }
      }
      managerCost.append(cost / Double(count) * 1e6)
      if let host {
        let after = try ProcessFigures(of: host).processorTime
        hostCost.append((after - hostBefore) / Double(count) * 1e6)
      }
      let limit = before + (try loop.run())
      rates.add(Double(count) / taken, limit: Double(count) / limit.seconds)
    }
    return [
      rates.line(way.name, unit: "jobs/s", limit: "spawn and wait, same shell, as many at once"),
      Line(
        name: "  processor time of the manager", figure: managerCost.median, unit: "µs/job"),
      Line(
        name: "  processor time of the runner host", figure: hostCost.median, unit: "µs/job"),
    ]
  }
}
