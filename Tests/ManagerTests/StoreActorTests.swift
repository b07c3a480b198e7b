import Glibc
import Jobs
import Platform
import Support
import Testing

@testable import Manager

@Suite(.timeLimit(.minutes(5))) struct StoreActorTests {
  let bench = StoreBench()

  @Test func aNewDatabaseIsEmptyPrivateAndSaysSo() async throws {
    let store = bench.store()
    let recovered = try await store.open()
    #expect(recovered.jobs.isEmpty)
    #expect(recovered.nextJobID == 1)
    #expect(recovered.generation == 1)
    #expect(recovered.messages == ["created new empty db file \(bench.path)"])
    for name in [bench.path, bench.path + "-wal", bench.path + "-shm", bench.path + ".reserve"] {
      var status = stat()
      #expect(stat(name, &status) == 0, "\(name)")
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
    #expect(try await store.verify() == [])
    await store.close()
  }

  @Test func aDatabaseThatOthersCouldReadIsMadePrivate() async throws {
    try await reopen { _ in }
    chmod(bench.path, 0o666)
    try await reopen { _ in }
    var status = stat()
    #expect(stat(bench.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func everyStateComesBackAsItWas() async throws {
    let jobs = StoreBench.oneOfEachState
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts(jobs))
    let read = jobs.map(StoreBench.asRead)
    #expect(try await bench.recoveredAfterCrash().jobs == read)
    await store.close()
    let again = bench.store()
    let recovered = try await again.open()
    #expect(recovered.jobs == read)
    #expect(recovered.nextJobID == 8)
    #expect(recovered.generation == 2)
    #expect(recovered.messages.isEmpty)
    await again.close()
  }

  @Test func aJobGoesThroughAllStatesOfAnother() async throws {
    let states = StoreBench.oneOfEachState
    let store = bench.store()
    _ = try await store.open()
    for job in states {
      let moved = Job(
        id: JobID(1), key: states[0].key, spec: states[0].spec, addedAt: states[0].addedAt,
        state: job.state, requirements: job.requirements, untilBuried: job.untilBuried,
        attempts: job.attempts, run: job.run)
      try await store.put(StoreBench.puts([moved]))
      #expect(try await bench.recoveredAfterCrash().jobs == [StoreBench.asRead(moved)])
    }
    await store.close()
  }

  @Test func aChangedSpecificationIsWrittenIfItIsSaidToBe() async throws {
    let store = bench.store()
    _ = try await store.open()
    let job = StoreBench.job(1)
    try await store.put(StoreBench.puts([job]))
    let other = StoreBench.job(1, cmd: "other")
    var batch = StoreBench.puts([other])
    batch.changedSpecs = [other.id]
    try await store.put(batch)
    #expect(try await bench.recoveredAfterCrash().jobs.first?.spec == other.spec)
    #expect(try await bench.recoveredAfterCrash().jobs.first?.key == other.key)
    await store.close()
  }

  @Test func deletedAndCompleteJobsAreNotLiveAndTheirNumbersNotUsedAgain() async throws {
    let recovered = try await reopen { store in
      try await store.put(StoreBench.puts((1...5).map { StoreBench.job($0) }))
      try await store.put(
        StoreBench.batch {
          $0.deletions = [JobID(5), JobID(2), JobID(77)]
          $0.completions = [StoreBench.complete(4)]
        })
    }
    #expect(recovered.jobs.map(\.id.number) == [1, 3])
    #expect(recovered.nextJobID == 6)
  }

  @Test func aKeyMayBeDeletedAndAddedAgainInOneBatch() async throws {
    let again = StoreBench.job(2, cmd: "c")
    let recovered = try await reopen { store in
      try await store.put(StoreBench.puts([StoreBench.job(1, cmd: "c")]))
      try await store.put(
        StoreBench.batch {
          $0.deletions = [JobID(1)]
          $0.puts = [again]
          $0.memberships = [("other", again.key)]
        })
    }
    #expect(recovered.jobs == [again])
    #expect(recovered.memberships.map(\.group) == ["other"])
    #expect(recovered.memberships.map(\.key) == [again.key])
  }

  @Test func limitsAndTheLocalHostAreRemembered() async throws {
    let host = StoredHost(
      incarnation: Incarnation("abc"), pid: 12, startTicks: .max, bootID: "boot")
    let recovered = try await reopen { store in
      try await store.put(
        StoreBench.batch {
          $0.limits = [("a", 1), ("b", 2), ("a", 3), ("c", 0), ("d", 5)]
          $0.localHost = StoredHost(
            incarnation: Incarnation("old"), pid: 1, startTicks: 2, bootID: "b")
        })
      try await store.put(
        StoreBench.batch {
          $0.limits = [("b", -1), ("d", -1), ("d", 7)]
          $0.localHost = host
        })
    }
    #expect(recovered.limits == ["a": 3, "c": 0, "d": 7])
    #expect(recovered.localHost == host)
  }

  @Test func anEmptyBatchWritesNothing() async throws {
    #expect(StoreBatch().isEmpty)
    let store = bench.store()
    _ = try await store.open()
    let before = await store.commits
    try await store.put(StoreBatch())
    #expect(await store.commits == before)
    await store.close()
  }

  @Test(arguments: 0..<7) func aBatchWithOneThingInItIsNotEmpty(which: Int) {
    let batch = StoreBench.batch {
      switch which {
      case 0: $0.puts = [StoreBench.job(1)]
      case 1: $0.completions = [StoreBench.complete(1)]
      case 2: $0.deletions = [JobID(1)]
      case 3: $0.outputs = [JobOutput(job: JobID(1), stdout: "", stderr: "")]
      case 4: $0.memberships = [("g", StoreBench.key(of: "a"))]
      case 5: $0.limits = [("l", 1)]
      default:
        $0.localHost = StoredHost(
          incarnation: Incarnation(""), pid: 1, startTicks: 1, bootID: "")
      }
    }
    #expect(!batch.isEmpty)
  }

  @Test func aClosedStoreRefusesBatches() async throws {
    let store = bench.store()
    _ = try await store.open()
    #expect(await store.close() == nil)
    await #expect(throws: StoreError.self) {
      try await store.put(StoreBench.puts([StoreBench.job(1)]))
    }
    #expect(await store.close() == nil)
  }

  @Test func nothingIsLeftOpenOnceAllIsClosed() async throws {
    try await reopen { _ in }
    let store = bench.store()
    _ = try await store.open()
    let reader = HistoryReader(path: bench.path)
    _ = try await reader.sums(of: nil)
    await reader.close()
    await store.close()
    for number: Int32 in 3..<1024 {
      var target = [UInt8](repeating: 0, count: 4096)
      let count = target.withUnsafeMutableBytes {
        readlink("/proc/self/fd/\(number)", $0.baseAddress!, $0.count)
      }
      guard count > 0 else { continue }
      let name = String(decoding: target[..<count], as: UTF8.self)
      #expect(!name.hasPrefix(bench.directory.path), "\(name)")
    }
    #expect(access(bench.path + "-wal", F_OK) != 0)
  }

  @Test func eraseRemovesDatabaseAndBackup() async throws {
    try await reopen { store in try await store.put(StoreBench.puts([StoreBench.job(1)])) }
    #expect(access(bench.backupPath, F_OK) == 0)
    let store = bench.store()
    try await store.erase()
    let recovered = try await store.open()
    #expect(recovered.jobs.isEmpty)
    #expect(recovered.messages == ["created new empty db file \(bench.path)"])
    await store.close()
  }

  @Test func aHundredThousandJobsComeBackEqual() async throws {
    let jobs = (1...100_000).map { StoreBench.job(Int64($0)) }
    let recovered = try await reopen { store in try await store.put(StoreBench.puts(jobs)) }
    #expect(recovered.jobs == jobs)
  }

  /// Opens, does something, closes, and tells what the next start finds.
  @discardableResult
  private func reopen(_ body: (StoreActor) async throws -> Void) async throws -> Recovered {
    let store = bench.store()
    _ = try await store.open()
    try await body(store)
    #expect(await store.close() == nil)
    let next = bench.store()
    let recovered = try await next.open()
    #expect(try await next.verify() == [])
    #expect(await next.close() == nil)
    return recovered
  }
}
