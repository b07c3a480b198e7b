import Glibc
import Platform

/// Drives a real manager, and prints each figure beside a limit that was measured in the same run
/// on the same machine.
@main
enum Main {
  static func main() {
    let jobs = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
    do {
      let reactor = try Reactor()
      let lines = try reactor.runUntilDone { try await measure(jobs, on: reactor) }
      print(Line.table(lines))
    } catch {
      let words = Array("benchmarks: \(error)\n".utf8)
      _ = words.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
      exit(1)
    }
  }

  private static func measure(_ jobs: Int, on reactor: Reactor) async throws -> [Line] {
    let manager = try await BenchManager(on: reactor)
    do {
      let lines = [
        try await run(jobs, with: manager),
        try await ingest(into: manager),
      ]
      try manager.stop()
      return lines
    } catch {
      try manager.stop()
      throw error
    }
  }

  /// 10,000 jobs in one POST, durable before its answer; the limit is a copy of the same bytes to
  /// disk with one sync.
  private static func ingest(into manager: BenchManager) async throws -> Line {
    let count = 10_000
    let body = BenchManager.jobs(count) { "echo ingest \($0)" }
    // They depend on a job that goes on, so that only their adding is measured.
    let holder = Array(#"[{"cmd":"sleep 600","dep_grps":["held"]}]"#.utf8)
    try await manager.add(holder, "rep_grp=holder")
    let start = Instant.now
    try await manager.add(body, "rep_grp=ingest&deps=held")
    let taken = (Instant.now - start).seconds
    let limitStart = Instant.now
    try writeFileAtomically("\(manager.directory)/copy", body, mode: 0o600)
    let limit = (Instant.now - limitStart).seconds
    try await manager.delete("ingest", "deletable")
    try await manager.delete("holder", "running")
    return Line(
      name: "ingest 10,000 jobs in a POST", perSecond: Double(count) / taken,
      limit: "the same bytes to a file, synced", limitPerSecond: Double(count) / limit)
  }

  /// `true` jobs from their POST to all complete; the limit is a loop that only spawns the same
  /// commands with the same shell, as many at once.
  private static func run(_ count: Int, with manager: BenchManager) async throws -> Line {
    let start = Instant.now
    try await manager.add(BenchManager.jobs(count) { "true #\($0)" }, "rep_grp=run")
    try await manager.waitUntilDone()
    let taken = (Instant.now - start).seconds
    let limit = try SpawnLoop(count: count, atOnce: MachineFacts.processorCount).run()
    return Line(
      name: "run \(count) × true", perSecond: Double(count) / taken,
      limit: "spawn and wait, same shell", limitPerSecond: Double(count) / limit.seconds)
  }
}

extension Duration {
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
