import Glibc
import HTTP
import Platform

/// restart: how long `wr manager start` takes until all is served, with a long history and a long
/// queue, beside reading the database from its beginning to its end.
enum Restart {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await bench.withManager { manager in
      bench.say("restart: one job for the history")
      let job = Array(#"[{"cmd":"true","cpus":1,"memory":"10M","cwd_matters":true}]"#.utf8)
      let keys = BenchManager.keys(in: try await manager.add(job, "rep_grp=past"))
      try await manager.waitUntilComplete(keys, pause: .milliseconds(10))
      let queued = bench.size(100_000, quick: 2000)
      var lines: [Line] = []
      for history in bench.isQuick ? [1, 5000] : [1, 100_000, 1_000_000] {
        bench.say("restart: \(history) in the history")
        try manager.stop()
        try lengthen(manager, to: history)
        lines += try await restart(bench, manager, "\(history) in the history")
      }
      // Nothing of the queue can run: it waits for a job that is not there.
      for start in stride(from: 0, to: queued, by: 10_000) {
        let body = BenchManager.body(start..<min(start + 10_000, queued)) { number in
          "\(BenchManager.waiting(number)),\(#""limit_grps":["never:0"]"#)"
        }
        try await manager.add(body, "rep_grp=queue")
      }
      try manager.stop()
      lines += try await restart(bench, manager, "that and \(queued) queued")
      return lines
    }
  }

  /// Starts the manager, which is stopped, again and again; it runs in the end.
  private static func restart(
    _ bench: Bench, _ manager: BenchManager, _ name: String
  ) async throws -> [Line] {
    var samples = Samples()
    var resident = 0.0
    for round in 0..<bench.rounds {
      if round > 0 { try manager.stop() }
      let limit = try await bench.seconds { try readDatabase(manager) }
      let taken = try await bench.seconds {
        try manager.start()
        try await manager.get("/rest/v1/jobs/past?limit=1")
      }
      samples.add(taken, limit: limit)
      resident = Double(try manager.figures().residentBytes) / 1e6
    }
    return [
      samples.line("restart, \(name)", unit: "s", limit: "reading the database file"),
      Line(name: "  memory then", figure: resident, unit: "MB"),
    ]
  }

  private static func readDatabase(_ manager: BenchManager) throws {
    let file = try openFile("\(manager.files)/db", O_RDONLY)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while read(file.number, &buffer, buffer.count) > 0 {}
  }

  /// Puts copies of a complete job into the history of a manager that is stopped, as if it had had
  /// different commands. A million of them cannot be waited for.
  private static func lengthen(_ manager: BenchManager, to count: Int) throws {
    let file = "\(manager.files)/db"
    let rows = try RowStore(existing: file)
    try rows.run(
      """
      BEGIN;
      WITH RECURSIVE n(i) AS (
        SELECT (SELECT count(*) FROM history) + 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
      INSERT INTO history
        SELECT (SELECT next_job_id FROM meta) + i, randomblob(16), group_id, added_ns,
          started_ns + i, ended_ns + i, until_buried, attempts, requirements, run, spec
        FROM (SELECT * FROM history LIMIT 1), n WHERE i <= \(count);
      UPDATE meta SET next_job_id = next_job_id + \(count) + 1;
      UPDATE rep_groups SET complete = (SELECT count(*) FROM history)
        WHERE id = (SELECT group_id FROM history LIMIT 1);
      COMMIT;
      """)
  }
}
