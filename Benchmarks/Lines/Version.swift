import HTTP
import Platform

/// version: a small answer over connections that are kept, beside nginx with one worker.
enum Version {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      let context = try TLSContext(authorityFile: "\(manager.files)/ca.pem")
      let ours = Server(bench: bench, context: context, port: manager.port)
      let nginx = try await Nginx.start(beside: manager)
      guard let nginx else {
        bench.say("version: nginx is not installed, so there is no limit")
        let (rate, cost) = try await ours.ask(connections: 32) {
          try manager.figures().processorTime
        }
        return [
          Line(name: "version, 32 connections", figure: rate, unit: "requests/s"),
          Line(name: "  processor time", figure: cost, unit: "µs/request"),
        ]
      }
      let theirs = Server(bench: bench, context: context, port: nginx.port)
      var lines: [Line] = []
      for connections in [1, 32, 256] {
        bench.say("version: \(connections) connections")
        var rates = Samples()
        var costs = Samples()
        for _ in 0..<bench.rounds {
          let our = try await ours.ask(connections: connections) {
            try manager.figures().processorTime
          }
          let their = try await theirs.ask(connections: connections) { try nginx.processorTime() }
          rates.add(our.rate, limit: their.rate)
          costs.add(our.cost, limit: their.cost)
        }
        lines.append(
          rates.line(
            "version, \(connections) connections", unit: "requests/s", limit: "nginx, one worker"))
        lines.append(
          costs.line("  processor time", unit: "µs/request", limit: "nginx, one worker"))
      }
      nginx.stop()
      return lines
    }
  }

  private struct Server {
    var bench: Bench
    var context: TLSContext
    var port: UInt16

    /// Asks for two seconds.
    /// - Returns: requests a second, and microseconds of the server for each.
    func ask(
      connections: Int, processorTime: () throws -> Double
    ) async throws -> (rate: Double, cost: Double) {
      let clients = (0..<connections).map { _ in
        Client(
          reactor: bench.reactor, host: "127.0.0.1", port: port, serverName: "localhost",
          context: context, token: nil)
      }
      // The handshakes are measured elsewhere.
      _ = try await count(clients, until: .now)
      let before = try processorTime()
      let start = Instant.now
      let length: Duration = bench.isQuick ? .milliseconds(500) : .seconds(2)
      let requests = try await count(clients, until: start + length)
      let taken = (Instant.now - start).seconds
      let cost = try processorTime() - before
      for client in clients { await client.close() }
      return (Double(requests) / taken, cost / Double(requests) * 1e6)
    }

    /// Each client asks once, and then until the end.
    private func count(_ clients: [Client], until end: Instant) async throws -> Int {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for client in clients {
          group.addTask {
            var count = 0
            repeat {
              let answer = try await client.send(
                "GET", "/rest/version/", until: .now + Bench.deadline)
              guard answer.status == 200 else { throw BenchManager.unexpected(answer) }
              count += 1
            } while Instant.now < end
            return count
          }
        }
        return try await group.reduce(0, +)
      }
    }
  }
}
