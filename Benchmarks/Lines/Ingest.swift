import HTTP
import Platform

/// ingest: jobs by POSTs of different sizes, on disk before the answer, beside rows of the same size
/// committed in the same groups; and what a processor of the manager could take in.
enum Ingest {
  private struct Way {
    var perPost: Int
    var connections: Int
    var jobs: Int
    /// See docs/protocol.md; by jobs unless said otherwise.
    var answer = "jobs"
  }

  static func measure(_ bench: Bench) async throws -> [Line] {
    let ways = [
      Way(perPost: 10_000, connections: 1, jobs: bench.size(100_000, quick: 10_000)),
      Way(
        perPost: 10_000, connections: 1, jobs: bench.size(100_000, quick: 10_000),
        answer: "counts"),
      Way(perPost: 10_000, connections: 16, jobs: bench.size(160_000, quick: 20_000)),
      Way(perPost: 100, connections: 1, jobs: bench.size(20_000, quick: 2000)),
      Way(perPost: 100, connections: 16, jobs: bench.size(100_000, quick: 3200)),
      Way(perPost: 1, connections: 1, jobs: bench.size(1000, quick: 100)),
      Way(perPost: 1, connections: 16, jobs: bench.size(10_000, quick: 500)),
    ]
    return try await bench.withManager { manager in
      try await manager.holdCores()
      let rows = try RowStore("\(manager.directory)/rows")
      var lines: [Line] = []
      for way in ways { lines += try await measure(way, bench, manager, rows) }
      return lines
    }
  }

  private static func measure(
    _ way: Way, _ bench: Bench, _ manager: BenchManager, _ rows: RowStore
  ) async throws -> [Line] {
    let name =
      "ingest, POSTs of \(way.perPost), \(way.connections) connections"
      + (way.answer == "jobs" ? "" : ", answer=\(way.answer)")
    var rates = Samples()
    var costs: [Double] = []
    var bytes = 0
    for round in 0..<bench.rounds {
      bench.say("\(name): round \(round + 1) of \(bench.rounds)")
      let posts = (0..<way.jobs / way.perPost).map { index in
        BenchManager.body(index * way.perPost..<(index + 1) * way.perPost, BenchManager.waiting)
      }
      bytes = posts[0].count / way.perPost
      let clients = (0..<way.connections).map { _ in manager.newClient() }
      let query = "/rest/v1/jobs/?rep_grp=ingest&answer=\(way.answer)&cwd=\(manager.directory)"
      var taken = 0.0
      let cost = try await manager.processorTime {
        taken = try await bench.seconds { try await send(posts, to: query, over: clients) }
      }
      for client in clients { await client.close() }
      let group = min(way.jobs, way.perPost * way.connections)
      let limit = try await bench.seconds {
        // As many bytes as a row of such a job has besides its key.
        for _ in 0..<way.jobs / group { try rows.commit(rows: group, bytes: 160) }
      }
      let limitRate = Double(way.jobs / group * group) / limit
      rates.add(Double(way.jobs) / taken, limit: limitRate)
      costs.append(Double(way.jobs) / cost)
      try await manager.delete("ingest", "deletable")
    }
    return [
      rates.line(
        name, unit: "jobs/s", limit: "SQLite rows in groups of \(way.perPost * way.connections)"),
      Line(name: "  of a processor of the manager", figure: costs.median, unit: "jobs/s"),
      Line(
        name: "  JSON", figure: Double(bytes) * costs.median / 1e6,
        unit: "MB/s of a processor of the manager"),
    ]
  }

  /// Each client sends its share, one after the other.
  private static func send(
    _ posts: [[UInt8]], to target: String, over clients: [Client]
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, client) in clients.enumerated() {
        let share = stride(from: index, to: posts.count, by: clients.count).map { posts[$0] }
        group.addTask {
          for post in share {
            let answer = try await client.send(
              "POST", target, body: post, until: .now + Bench.deadline)
            guard answer.status == 201 else { throw BenchManager.unexpected(answer) }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
