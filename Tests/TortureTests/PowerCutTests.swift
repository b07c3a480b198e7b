import Glibc
import Jobs
import Manager
import Platform
import Support
import Testing

@testable import StoreWriter

/// The power fails after each call in turn that the store makes: what is found then is exactly what
/// was committed, and at most the one batch more that was on its way.
@Suite(.serialized) struct PowerCutTests {
  @Test func whatIsFoundIsExactlyWhatWasCommitted() async throws {
    let settings = try Settings()
    var random = SeededGenerator(seed: settings.seed)
    let batches = settings.isPatient ? 30 : 7
    let written = TemporaryDirectory()
    let trace = try DiskTrace(try Self.write(batches, in: written))
    try #require(trace.calls.count > 100, "nothing was traced")

    var disk = DiskModel()
    var committed = 0
    var cuts = 0
    for (index, call) in trace.calls.enumerated() {
      disk.carryOut(call)
      if case .write(let name, _, let bytes) = call {
        if name.hasSuffix("/committed") {
          committed = try #require(Int(String(decoding: bytes.dropLast(), as: UTF8.self)))
        } else if Int.random(in: 0..<8, using: &random) > 0 {
          // Cuts between the many writes of one transaction are much the same.
          continue
        }
      }
      for luck in DiskModel.Luck.allCases {
        let problem = try await Self.problem(
          with: disk.files(after: luck, using: &random), of: written.path, committed: committed,
          of: batches)
        #expect(
          problem == nil,
          "call \(index) of \(trace.calls.count), \(luck), WR_TORTURE_SEED=\(settings.seed)")
        cuts += 1
      }
    }
    #expect(committed == batches)
    print("torture: cut the power \(cuts) times in \(trace.calls.count) calls of the store")
  }

  /// Has a process write batches to a database.
  /// - Returns: the trace of what it did.
  private static func write(_ batches: Int, in directory: TemporaryDirectory) throws -> [UInt8] {
    let own = parentDirectory(of: try House.ownPath())
    let trace = TemporaryDirectory()
    let outcome = try Tool(
      "LD_PRELOAD=\(own)/libCrashPoints.so", "CRASH_TRACE=\(trace.file("trace"))",
      "\(own)/StoreWriter", directory.path, "\(batches)")
    try #require(outcome.status == 0, "\(outcome.output)")
    return try readFile(trace.file("trace"))
  }

  /// - Returns: what is wrong with a database that was left.
  private static func problem(
    with files: [String: [UInt8]], of origin: String, committed: Int, of batches: Int
  ) async throws -> String? {
    let directory = TemporaryDirectory()
    for (name, content) in files where name.hasPrefix("\(origin)/db") {
      let path = directory.path + name.dropFirst(origin.utf8.count)
      let file = try openFile(path, O_WRONLY | O_CREAT)
      try writeAll(content, to: file.number, path: path)
    }
    let store = StoreActor(path: directory.file("db"), backupPath: directory.file("db_bk"))
    let recovered: Recovered
    do { recovered = try await store.open() } catch { return "it cannot be opened: \(error)" }
    let history = HistoryReader(path: directory.file("db"))
    let complete = try await history.sums(of: StoreScript.group)[StoreScript.group]?.count ?? 0
    await history.close()
    let problems = try await store.verify()
    if let problem = await store.close() { return "it cannot be closed: \(problem)" }

    let found = recovered.limits[StoreScript.counter] ?? 0
    guard (committed...min(committed + 1, batches)).contains(found) else {
      return "\(committed) batches were committed, \(found) are found: \(recovered.messages)"
    }
    let jobs = Dictionary(
      uniqueKeysWithValues: recovered.jobs.map { (Int($0.id.number), $0.state.name) })
    guard jobs == StoreScript.jobs(after: found),
      complete == StoreScript.completeCount(after: found)
    else { return "after \(found) batches there are \(jobs) and \(complete) complete jobs" }
    return problems.first
  }
}
