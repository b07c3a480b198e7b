import Glibc
import Platform

/// memory: what the manager holds for each queued job, beside the bytes of the texts that only this
/// job has; and what the runner host holds for each running one.
enum Memory {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      var lines = [try await host(bench, manager)]
      try await manager.holdCores()
      let before = try manager.figures().residentBytes
      var filled = 0
      for count in bench.isQuick ? [5000] : [100_000, 1_000_000] {
        try await manager.fill(filled..<count, bench)
        filled = count
        let bytes = try manager.figures().residentBytes - before
        let command =
          BenchManager.waiting(count).utf8.count - #""cmd":"","cpus":1,"memory":"10M""#.utf8.count
        lines.append(
          Line(
            name: "memory of the manager, \(count) queued",
            figure: Double(bytes) / Double(count), unit: "bytes/job", limit: "the command's text",
            limitFigure: Double(command), ratio: Double(bytes) / Double(count * command)))
        lines.append(
          Line(
            name: "  beyond the text", figure: Double(bytes) / Double(count) - Double(command),
            unit: "bytes/job"))
      }
      return lines
    }
  }

  private static func host(_ bench: Bench, _ manager: BenchManager) async throws -> Line {
    // There is a host from the first job on.
    let first = BenchManager.body(0..<1) { _ in #""cmd":"true","cwd_matters":true"# }
    let keys = BenchManager.keys(in: try await manager.add(first, "rep_grp=first"))
    try await manager.waitUntilComplete(keys, pause: .milliseconds(20))
    guard let host = try manager.hostPid() else {
      throw SystemError(code: ESRCH, operation: "find the runner host")
    }
    let before = try ProcessFigures(of: host).residentBytes
    // As many as a machine of any size runs at once with so little of a core each.
    let count = 100 * MachineFacts.processorCount
    let body = BenchManager.body(0..<count) { number in
      #""cmd":"sleep 3600 # \#(number)","cpus":0.01,"memory":"1M","cwd_matters":true"#
    }
    try await manager.add(body, "rep_grp=sleepers")
    _ = await manager.reactor.sleep(until: .now + .seconds(10))
    let bytes = try ProcessFigures(of: host).residentBytes - before
    try await manager.delete("sleepers", "running")
    return Line(
      name: "memory of the runner host", figure: Double(bytes) / Double(count) / 1000,
      unit: "kB/running job")
  }
}
