import HTTP
import Platform

/// handshakes: a new connection for each request, beside nginx with one worker.
enum Handshakes {
  private static let atOnce = 8

  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      let context = try TLSContext(authorityFile: "\(manager.files)/ca.pem")
      guard let nginx = try await Nginx.start(beside: manager) else {
        bench.say("handshakes: nginx is not installed, so there is no limit")
        return []
      }
      var rates = Samples()
      var costs = Samples()
      for round in 0..<bench.rounds {
        bench.say("handshakes: round \(round + 1) of \(bench.rounds)")
        let our = try await connect(bench, context, manager.port) {
          try manager.figures().processorTime
        }
        let their = try await connect(bench, context, nginx.port) { try nginx.processorTime() }
        rates.add(our.rate, limit: their.rate)
        costs.add(our.cost, limit: their.cost)
      }
      nginx.stop()
      return [
        rates.line(
          "new connections, \(atOnce) at once", unit: "a second", limit: "nginx, one worker"),
        costs.line("  processor time", unit: "µs each", limit: "nginx, one worker"),
      ]
    }
  }

  private static func connect(
    _ bench: Bench, _ context: TLSContext, _ port: UInt16, processorTime: () throws -> Double
  ) async throws -> (rate: Double, cost: Double) {
    let count = bench.size(2000, quick: 200)
    let before = try processorTime()
    let taken = try await bench.seconds {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<atOnce {
          group.addTask {
            for _ in 0..<count / atOnce {
              let client = Client(
                reactor: bench.reactor, host: "127.0.0.1", port: port, serverName: "localhost",
                context: context, token: nil)
              _ = try await client.send("GET", "/rest/version/", until: .now + Bench.deadline)
              await client.close()
            }
          }
        }
        try await group.waitForAll()
      }
    }
    let cost = try processorTime() - before
    return (Double(count) / taken, cost / Double(count) * 1e6)
  }
}
