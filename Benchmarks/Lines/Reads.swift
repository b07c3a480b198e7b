import HTTP
import Platform

/// reads: lists of jobs, beside as many bytes that are there already, sent through TLS; and how
/// long others wait meanwhile.
enum Reads {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      try await manager.holdCores()
      let group = bench.size(10_000, quick: 1000)
      let all = bench.size(100_000, quick: 3000)
      let body = BenchManager.body(0..<group) { BenchManager.waiting(-1 - $0) }
      let keys = BenchManager.keys(in: try await manager.add(body, "rep_grp=group"))
      try await manager.fill(group..<all, bench)
      let many = keys.prefix(1000).joined(separator: ",")
      let other = try Reactor()
      other.start()
      defer { other.stop() }
      let server = try ByteServer(on: other, certificatesIn: manager.files)
      let limit = Client(
        reactor: bench.reactor, host: "127.0.0.1", port: server.port, serverName: "localhost",
        context: try TLSContext(authorityFile: "\(manager.files)/ca.pem"), token: nil)
      return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask(executorPreference: other) { await server.run() }
        var lines: [Line] = []
        let lists = [
          ("one key", "/rest/v1/jobs/\(keys[0])", 1, bench.size(500, quick: 20)),
          ("1000 keys", "/rest/v1/jobs/\(many)", keys.prefix(1000).count, bench.size(40, quick: 2)),
          ("a rep group of \(group)", "/rest/v1/jobs/group", group, bench.size(10, quick: 1)),
          ("all of \(all)", "/rest/v1/jobs/", all, bench.size(3, quick: 1)),
        ]
        for (name, target, jobs, times) in lists {
          bench.say("reads: \(name)")
          lines += try await measure(name, target, jobs, times, bench, manager, limit)
        }
        lines += try await fairness(bench, manager, keys[0])
        other.stop()
        try await tasks.waitForAll()
        return lines
      }
    }
  }

  private static func measure(
    _ name: String, _ target: String, _ jobs: Int, _ times: Int, _ bench: Bench,
    _ manager: BenchManager, _ limit: Client
  ) async throws -> [Line] {
    var samples = Samples()
    var costs: [Double] = []
    for _ in 0..<bench.rounds {
      var bytes = 0
      var taken = 0.0
      let cost = try await manager.processorTime {
        taken = try await bench.seconds {
          for _ in 0..<times { bytes = try await manager.get(target).count }
        }
      }
      let limitTaken = try await bench.seconds {
        for _ in 0..<times {
          _ = try await limit.send("GET", "/\(bytes)", until: .now + Bench.deadline)
        }
      }
      samples.add(taken / Double(times) * 1000, limit: limitTaken / Double(times) * 1000)
      costs.append(cost / Double(times))
    }
    return [
      samples.line("read \(name)", unit: "ms", limit: "the same bytes through TLS"),
      Line(
        name: "  of a processor of the manager", figure: Double(jobs) / costs.median,
        unit: "jobs/s"),
    ]
  }

  /// The longest that a client waits for one job while another reads all of them.
  private static func fairness(
    _ bench: Bench, _ manager: BenchManager, _ key: String
  ) async throws -> [Line] {
    let total = bench.size(1_000_000, quick: 5000)
    try await manager.fill(bench.size(100_000, quick: 3000)..<total, bench)
    bench.say("reads: one key while all of \(total) are read")
    // A thread of its own, so that only the manager keeps it waiting.
    let other = try Reactor()
    other.start()
    defer { other.stop() }
    let client = manager.newClient(on: other)
    let target = "/rest/v1/jobs/\(key)"
    let reading = manager.newClient()
    let waits = try await withThrowingTaskGroup(of: [Double].self) { tasks in
      tasks.addTask(executorPreference: other) {
        var waits: [Double] = []
        while true {
          let start = Instant.now
          do { _ = try await client.send("GET", target, until: nil) } catch { return waits }
          waits.append((Instant.now - start).seconds * 1000)
          if await other.sleep(until: .now + .milliseconds(1)) == .closed { return waits }
        }
      }
      _ = try await reading.stream("GET", "/rest/v1/jobs/", idle: Bench.deadline) { _ in true }
      await client.close()
      other.stop()
      return try await tasks.next() ?? []
    }
    return [
      Line(
        name: "read one key meanwhile, p50", figure: waits.percentile(0.5), unit: "ms"),
      Line(name: "read one key meanwhile, p99", figure: waits.percentile(0.99), unit: "ms"),
      Line(name: "read one key meanwhile, most", figure: waits.max() ?? 0, unit: "ms"),
    ]
  }
}
