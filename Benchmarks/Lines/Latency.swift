import Glibc
import Platform

/// latency: from the POST of one job on an idle manager until its process runs, and until a client
/// that asks every millisecond sees it complete; beside one durable row and one spawn.
enum Latency {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      let rows = try RowStore("\(manager.directory)/rows")
      let bell = try Bell(on: manager.reactor)
      defer { bell.close() }
      var starts: [Double] = []
      var ends: [Double] = []
      var limits: [Double] = []
      let count = bench.size(200, quick: 20)
      for number in 0..<count {
        if number % 50 == 0 { bench.say("latency: \(number) of \(count)") }
        let body = BenchManager.body(number..<number + 1) { number in
          #""cmd":"\#(bell.command) # \#(number)","cpus":1,"memory":"10M","cwd_matters":true"#
        }
        let start = Instant.now
        async let rung = bell.wait()
        let keys = BenchManager.keys(in: try await manager.add(body, "rep_grp=latency"))
        starts.append((try await rung - start).seconds * 1000)
        try await manager.waitUntilComplete(keys, pause: .milliseconds(1))
        ends.append((Instant.now - start).seconds * 1000)
        limits.append(try await limit(rows, bell))
        // Idle again: whatever is still to be acknowledged is done.
        _ = await manager.reactor.sleep(until: .now + .milliseconds(20))
      }
      return [
        line("p50 until it runs", starts, limits, 0.5),
        line("p99 until it runs", starts, limits, 0.99),
        line("p50 until it is seen complete", ends, limits, 0.5),
        line("p99 until it is seen complete", ends, limits, 0.99),
      ]
    }
  }

  private static func limit(_ rows: RowStore, _ bell: Bell) async throws -> Double {
    let start = Instant.now
    async let rung = bell.wait()
    try rows.commit(rows: 1, bytes: 200)
    let bash = try ChildProcess("/bin/bash", ["-c", bell.command])
    let taken = (try await rung - start).seconds * 1000
    try bash.wait()
    return taken
  }

  private static func line(
    _ name: String, _ values: [Double], _ limits: [Double], _ share: Double
  ) -> Line {
    let (value, limit) = (values.percentile(share), limits.percentile(share))
    return Line(
      name: "latency, \(name)", figure: value, unit: "ms",
      limit: "one durable row, then one spawn", limitFigure: limit, ratio: value / limit)
  }
}

/// Something that a shell command can ring: a port that it connects to.
private actor Bell {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let listener: Listener
  nonisolated let command: String

  init(on reactor: Reactor) throws {
    self.reactor = reactor
    let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
    command = ": >/dev/tcp/127.0.0.1/\(listener.port)"
    self.listener = listener
  }

  /// When it was next rung.
  func wait() async throws -> Instant {
    guard try await listener.accept() != nil else {
      throw SystemError(code: ECANCELED, operation: "wait for a job")
    }
    return .now
  }

  nonisolated func close() { assumeIsolated { $0.listener.close() } }
}
