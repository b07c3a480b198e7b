import Glibc
import Jobs
import Platform
import Support
import Testing

@testable import Manager

@Suite(.timeLimit(.minutes(1))) struct StoreBackupTests {
  let bench = StoreBench()

  private func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// What is live in a copy of a database.
  private func jobs(in path: String) async throws -> [Int64] {
    let copy = bench.directory.file("look")
    try writeFileAtomically(copy, readFile(path), mode: 0o600)
    let store = StoreActor(path: copy, backupPath: nil)
    let recovered = try await store.open()
    #expect(try await store.verify() == [])
    await store.close()
    unlink(copy)
    return recovered.jobs.map(\.id.number)
  }

  @Test func noBackupIsMadeBeforeSomethingWasWritten() async throws {
    let store = bench.store()
    _ = try await store.open()
    #expect(try await store.backupIfDue(now: .now) == nil)
    #expect(!isThere(bench.backupPath))
    await store.close()
  }

  @Test func aBackupIsMadeAtOnceAndTheNextAfterTheGap() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    let now = Instant.now
    #expect(try await store.backupIfDue(now: now) == nil)
    #expect(try await jobs(in: bench.backupPath) == [1])
    #expect(!isThere(bench.backupPath + ".tmp"))
    try await store.put(StoreBench.puts([StoreBench.job(2)]))
    let due = try #require(try await store.backupIfDue(now: now + .seconds(1)))
    #expect(due >= now + .seconds(30))
    #expect(try await jobs(in: bench.backupPath) == [1])
    #expect(try await store.backupIfDue(now: due) == nil)
    #expect(try await jobs(in: bench.backupPath) == [1, 2])
    var status = stat()
    #expect(stat(bench.backupPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
    await store.close()
  }

  @Test func aCleanEndLeavesTheBackupEqualToTheDatabase() async throws {
    let store = bench.store()
    _ = try await store.open()
    let reader = HistoryReader(path: bench.path)
    try await store.put(StoreBench.puts((1...50).map { StoreBench.job($0) }))
    _ = try await store.backupIfDue(now: .now)
    try await store.put(StoreBench.completions([StoreBench.complete(7)]))
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["g": 1])
    // With the reader still open, as it may be.
    #expect(await store.close() == nil)
    #expect(try readFile(bench.backupPath) == readFile(bench.path))
    #expect(!isThere(bench.backupPath + ".tmp"))
    await reader.close()
  }

  @Test func theEndOfARunWithoutChangesBacksUpTheNewGenerationToo() async throws {
    for generation: UInt64 in 1...2 {
      let store = bench.store()
      #expect(try await store.open().generation == generation)
      #expect(await store.close() == nil)
      #expect(try readFile(bench.backupPath) == readFile(bench.path))
    }
  }

  @Test func withoutABackupPathNoneIsMade() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    #expect(try await store.backupIfDue(now: .now) == nil)
    #expect(await store.close() == nil)
    #expect(!isThere(bench.backupPath))
  }

  @Test func commitsGoOnWhileABackupIsMade() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    let count: Int64 = 20_000
    try await store.put(StoreBench.puts((1...count).map { StoreBench.job($0) }))
    let target = bench.directory.file("copy")
    async let backup: Void = store.backup(to: target)
    var next = count
    while !isThere(target) {
      next += 1
      try await store.put(StoreBench.puts([StoreBench.job(next)]))
    }
    try await backup
    let found = try await jobs(in: target)
    #expect(found == Array(1...Int64(found.count)))
    #expect(found.count >= Int(count))
    await store.close()
  }

  @Test func whatIsWrittenBetweenTheStepsIsInTheBackup() async throws {
    let (writer, _) = try Recovery(path: bench.path, backupPath: nil).open()
    try writer.write(StoreBench.puts((1...1000).map { StoreBench.job($0) }))
    let target = bench.directory.file("copy")
    try DatabaseFiles(path: target).makeEmpty()
    let backup = try OnlineBackup(of: writer.database, to: target)
    var next: Int64 = 1001
    while try !backup.step(pages: 3) {
      try writer.write(
        StoreBench.batch {
          $0.puts = [StoreBench.job(next)]
          $0.deletions = [JobID(next - 1000)]
        })
      next += 1
    }
    try backup.finish()
    #expect(next > 1005)
    #expect(try await jobs(in: target) == Array((next - 1000)..<next))
  }

  @Test func aBackupMayComeWhileABatchIsBegunAndABatchWhileABackupIsMade() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    try await store.put(StoreBench.puts((1...20_000).map { StoreBench.job($0) }))
    let target = bench.directory.file("copy")
    let pieces = [20_001...20_100, 20_101...20_200].map { $0.map { StoreBench.job($0) } }
    store.begin(pieces[0])
    async let backup: Void = store.backup(to: target)
    while !isThere(target + ".tmp"), !isThere(target) { await Task.yield() }
    store.begin(pieces[1])
    let isBegun = await store.isInTransaction
    #expect(!isBegun || isThere(target))
    try await store.put(StoreBench.batch { $0.pieces = pieces })
    try await backup
    #expect(try await bench.recoveredAfterCrash().jobs.count == 20_200)
    let found = try await jobs(in: target)
    #expect(found == Array(1...20_000) || found == Array(1...20_200))
    await store.close()
  }

  @Test func closingGivesUpABackupThatIsBeingMade() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts((1...20_000).map { StoreBench.job($0) }))
    async let backup: Void = store.backup(to: bench.backupPath)
    // It may be over before we have seen it begin.
    while !isThere(bench.backupPath + ".tmp"), !isThere(bench.backupPath) { await Task.yield() }
    #expect(await store.close() == nil)
    do {
      try await backup
    } catch {
      #expect(error as? StoreError == OnlineBackup.givenUp)
    }
    #expect(try readFile(bench.backupPath) == readFile(bench.path))
    #expect(!isThere(bench.backupPath + ".tmp"))
  }

  @Test func whatACompleteJobWroteIsBackedUpWithIt() async throws {
    let store = bench.store()
    _ = try await store.open()
    var (job, complete) = (StoreBench.job(1), StoreBench.complete(1))
    job.spec.keepsOutput = true
    complete.spec.keepsOutput = true
    try await store.put(StoreBench.puts([job, StoreBench.job(2)]))
    try await store.put(
      StoreBench.batch {
        $0.outputs = [JobOutput(job: JobID(1), stdout: "text", stderr: "")]
        $0.completions = [complete]
      })
    #expect(try await store.verify() == [])
    let copy = bench.directory.file("copy")
    try await store.backup(to: copy)
    let database = try Database.open(copy, for: .immutable)
    #expect(try database.integer("SELECT count(*) FROM outputs") == 1)
    #expect(await store.close() == nil)
  }

  @Test func aBackupWaitsForTheOneThatIsBeingMade() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts((1...5000).map { StoreBench.job($0) }))
    let copies = (0..<3).map { bench.directory.file("copy\($0)") }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for copy in copies { group.addTask { try await store.backup(to: copy) } }
      try await group.waitForAll()
    }
    for copy in copies {
      #expect(try IntegrityChecker.problems(of: copy, access: .immutable) == [])
    }
    #expect(await store.close() == nil)
  }

  @Test func aDamagedDatabaseDoesNotReplaceAGoodBackup() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(
      StoreBench.completions((1...3000).map { StoreBench.complete($0) }))
    try await store.put(StoreBench.puts([StoreBench.job(5000)]))
    #expect(await store.close() == nil)
    let good = try readFile(bench.backupPath)

    // In the history, which a start does not check.
    let size = try #require(try DatabaseFiles.size(of: bench.path))
    try StoreBench.overwrite(bench.path, at: Int(size) / 8192 * 4096, count: 8192)
    let again = bench.store()
    #expect(try await again.open().jobs.map(\.id.number) == [5000])
    #expect(try await again.verify().isEmpty == false)
    try await again.put(StoreBench.puts([StoreBench.job(5001)]))
    await #expect(throws: StoreError.self) { try await again.backupIfDue(now: .now) }
    #expect(try readFile(bench.backupPath) == good)
    #expect(await again.close() != nil)
    #expect(try readFile(bench.backupPath) == good)
    #expect(!isThere(bench.backupPath + ".tmp"))
  }

  @Test func aBackupThatCannotBeWrittenIsAnErrorThatNamesIt() async throws {
    let store = StoreActor(path: bench.path, backupPath: bench.directory.file("no/db_bk"))
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    let error = await #expect(throws: StoreError.self) { try await store.backupIfDue(now: .now) }
    #expect(error?.message.contains("no/db_bk.tmp") == true)
    #expect(await store.close()?.message.contains("no/db_bk.tmp") == true)
    #expect(try await bench.recoveredAfterCrash().jobs.count == 1)
  }

  @Test func theDatabaseIsNoPlaceForItsBackup() async throws {
    let store = bench.store()
    _ = try await store.open()
    let error = await #expect(throws: StoreError.self) { try await store.backup(to: bench.path) }
    #expect(error?.message.contains("is the database") == true)
    await store.close()
  }
}
