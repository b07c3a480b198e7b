import Glibc
import Jobs
import Platform
import Support
import Testing

@testable import Manager

@Suite(.timeLimit(.minutes(1))) struct StoreFaultTests {
  let bench = StoreBench()

  @Test func aBatchThatFailsInTheMiddleLeavesNothing() async throws {
    let (writer, _) = try Recovery(path: bench.path, backupPath: nil).open()
    try writer.write(StoreBench.puts([StoreBench.job(1, group: "a")]))
    let pages = try writer.database.integer("PRAGMA page_count")
    try writer.database.execute("PRAGMA max_page_count = \(pages + 5)")
    let large = StoreBench.batch {
      $0.limits = [("l", 1)]
      $0.memberships = [("b", StoreBench.key(of: "echo 1"))]
      $0.completions = [StoreBench.complete(1, group: "new")]
      $0.puts = (2...500).map { StoreBench.job($0) }
    }
    let error = #expect(throws: StoreError.self) { try writer.write(large) }
    #expect(error?.isFull == true)
    let isInTransaction = writer.database.isInTransaction
    #expect(!isInTransaction)
    #expect(try writer.database.integer("SELECT count(*) FROM jobs") == 1)
    #expect(try writer.database.integer("SELECT count(*) FROM rep_groups") == 0)
    #expect(try writer.database.integer("SELECT count(*) FROM limits") == 0)
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [1])

    // The ids of groups that the failed batch had made are not taken for those of others.
    try writer.database.execute("PRAGMA max_page_count = 1000000")
    try writer.write(StoreBench.completions([StoreBench.complete(7, group: "other", cmd: "x")]))
    try writer.write(large)
    #expect(try await bench.recoveredAfterCrash().jobs.count == 499)
    let reader = HistoryReader(path: bench.path)
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["other": 1, "b": 1, "new": 1])
    await reader.close()
  }

  @Test func whatWasBegunIsThereOnceItsBatchIsWritten() async throws {
    let (writer, _) = try Recovery(path: bench.path, backupPath: nil).open()
    let pieces = [Self.jobs(2...26), Self.jobs(27...32)]
    try writer.begin(pieces[0])
    #expect(try await bench.recoveredAfterCrash().jobs == [])
    try writer.begin(pieces[1])
    let batch = StoreBench.batch {
      $0.puts = Self.jobs(1...1)
      $0.pieces = pieces + [Self.jobs(33...40)]
    }
    try writer.write(batch)
    let recovered = try await bench.recoveredAfterCrash()
    #expect(recovered.jobs.map(\.id.number) == Array(1...40))
    #expect(recovered.jobs.map(\.spec) == recovered.jobs.map { StoreBench.job($0.id.number).spec })
    #expect(recovered.nextJobID == 41)
  }

  @Test func anotherBatchThatComesFirstHasNothingOfWhatWasBegun() async throws {
    let (writer, _) = try Recovery(path: bench.path, backupPath: nil).open()
    let piece = Self.jobs(2...21)
    try writer.begin(piece)
    try writer.write(StoreBench.puts([StoreBench.job(1)]))
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [1])
    try writer.write(StoreBench.batch { $0.pieces = [piece] })
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == Array(1...21))
  }

  @Test func aPieceThatCannotBeWrittenIsWrittenWithItsBatch() async throws {
    let (writer, _) = try Recovery(path: bench.path, backupPath: nil).open()
    let pages = try writer.database.integer("PRAGMA page_count")
    try writer.database.execute("PRAGMA max_page_count = \(pages + 3)")
    let pieces = [Self.jobs(1...10), Self.jobs(11...300), Self.jobs(301...310)]
    try writer.begin(pieces[0])
    let error = #expect(throws: StoreError.self) { try writer.begin(pieces[1]) }
    #expect(error?.isFull == true)
    let isInTransaction = writer.database.isInTransaction
    #expect(!isInTransaction)
    try writer.begin(pieces[2])
    let batch = StoreBench.batch { $0.pieces = pieces }
    #expect(throws: StoreError.self) { try writer.write(batch) }
    #expect(try await bench.recoveredAfterCrash().jobs == [])
    try writer.database.execute("PRAGMA max_page_count = 1000000")
    try writer.write(batch)
    #expect(try await bench.recoveredAfterCrash().jobs.count == 310)
  }

  private static func jobs(_ ids: ClosedRange<Int64>) -> [Job] { ids.map { StoreBench.job($0) } }

  @Test(arguments: [true, false])
  func anIOErrorWhileAPieceIsWrittenOrCommittedLeavesNothing(writesEarly: Bool) async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    if writesEarly { try await store.keepFewPages() }
    let wal = bench.path + "-wal"
    let fault = try #require(DescriptorFault(of: wal, leadingTo: wal, O_RDONLY))
    let pieces = [Self.jobs(2...1001), Self.jobs(1002...1011)]
    for piece in pieces { store.begin(piece) }
    // Comes after them.
    #expect(await store.isConnected != writesEarly)
    let batch = StoreBench.batch { $0.pieces = pieces }
    if !writesEarly {
      await #expect(throws: StoreError.self) { try await store.put(batch) }
    }
    fault.forget()
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [1])
    try await store.put(batch)
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == Array(1...1011))
    #expect(await store.close() == nil)
  }

  @Test func afterAnIOErrorTheDatabaseIsOpenedAnew() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    let wal = bench.path + "-wal"
    let fault = try #require(DescriptorFault(of: wal, leadingTo: wal, O_RDONLY))
    let error = await #expect(throws: StoreError.self) {
      try await store.put(StoreBench.puts([StoreBench.job(2)]))
    }
    fault.forget()
    #expect(error?.isFull == false)
    #expect(error?.message.contains("disk I/O error") == true, "\(error?.message ?? "")")
    // The old connection could still not write.
    try await store.put(StoreBench.puts([StoreBench.job(3)]))
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [1, 3])
    #expect(await store.close() == nil)
  }

  @Test func aFullDiskIsToldApartFromABrokenOne() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    let fault = try #require(
      DescriptorFault(of: bench.path + "-wal", leadingTo: "/dev/full", O_RDWR))
    let error = await #expect(throws: StoreError.self) {
      try await store.put(StoreBench.puts([StoreBench.job(2)]))
    }
    fault.end()
    #expect(error?.isFull == true)
    try await store.put(StoreBench.puts([StoreBench.job(3)]))
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [1, 3])
    #expect(await store.close() == nil)
  }

  @Test func anAddThatWasSaidToHaveFailedButHasReachedTheDiskIsTakenBack() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    let piece = Self.jobs(4...20)
    store.begin(piece)
    try await store.failAfterWriting(
      StoreBench.batch {
        $0.puts = [StoreBench.job(1, state: .buried), StoreBench.job(2)]
        $0.pieces = [piece]
      })
    try await store.put(StoreBench.puts([StoreBench.job(3)]))
    let jobs = try await bench.recoveredAfterCrash().jobs
    #expect(jobs.map(\.id.number) == [1, 3])
    #expect(jobs[0].state == .buried)
    #expect(await store.close() == nil)
  }

  @Test func anUploadWhoseCommitWasSaidToHaveFailedButHasReachedTheDiskIsTakenBack() async throws {
    let store = bench.store()
    _ = try await store.open()
    let upload = UploadID(1)
    try await store.put(
      StoreBench.batch { $0.uploads = [.stage(upload, [StoreBench.job(1), StoreBench.job(2)])] })
    try await store.failAfterWriting(StoreBench.batch { $0.uploads = [.commit(upload)] })
    try await store.put(StoreBench.puts([StoreBench.job(3)]))
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [3])
    #expect(await store.close() == nil)
  }

  @Test func aBatchInDoubtThatHasNotReachedTheDiskNeedsNoTakingBack() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1), StoreBench.job(2)]))
    await store.loseConnection(inserting: [JobID(2)])
    try await store.put(StoreBench.puts([StoreBench.job(3)]))
    #expect(try await bench.recoveredAfterCrash().jobs.map(\.id.number) == [1, 2, 3])
    #expect(await store.close() == nil)
  }

  @Test func aLargeLogIsFoldedIn() async throws {
    let store = bench.store()
    _ = try await store.open()
    for batch in 0..<20 {
      let ids = (1...500).map { Int64(batch * 500 + $0) }
      try await store.put(StoreBench.puts(ids.map { StoreBench.job($0) }))
    }
    let wal = try #require(try DatabaseFiles.size(of: bench.path + "-wal"))
    #expect(wal < 3 * 4096 * 1000)
    #expect(try await bench.recoveredAfterCrash().jobs.count == 10_000)
    #expect(await store.close() == nil)
  }
}

/// Decision 38 on a disk that really is full.
@Suite(.timeLimit(.minutes(1))) struct FullDiskTests {
  @Test(.enabled(if: SmallDisk.isPossible, "only root can mount a small file system"))
  func addsLeaveNothingAndEndsAreStillRecorded() async throws {
    let disk = try #require(SmallDisk(megabytes: 32))
    let path = disk.file("db")
    let store = StoreActor(path: path, backupPath: nil)
    _ = try await store.open()
    let running = (1...300).map { StoreBench.job(Int64($0)) }
    try await store.put(StoreBench.puts(running))
    #expect(try DatabaseFiles.size(of: path + ".reserve") == DiskReserve.size)

    try disk.fill()
    let long = String(repeating: "x", count: 5000)
    let adds = StoreBench.puts((1001...3000).map { StoreBench.job($0, cmd: "echo \($0) \(long)") })
    let error = await #expect(throws: StoreError.self) { try await store.put(adds) }
    #expect(error?.isFull == true)
    #expect(try DatabaseFiles.size(of: path + ".reserve") == DiskReserve.size)

    var ends = StoreBench.completions(running.map { StoreBench.complete($0.id.number) })
    ends.outputs = []
    ends.puts = (1001...1300).map { StoreBench.job($0, cmd: "end \($0) \(long)") }
    await #expect(throws: StoreError.self) { try await store.put(ends) }
    ends.mayUseReserve = true
    try await store.put(ends)
    #expect(try DatabaseFiles.size(of: path + ".reserve") == 0)
    #expect(try await store.verify() == [])

    let backup = await #expect(throws: StoreError.self) {
      try await store.backup(to: disk.file("copy"))
    }
    #expect(backup?.isFull == true && access(disk.file("copy.tmp"), F_OK) != 0)

    disk.empty()
    try await store.put(StoreBench.puts([StoreBench.job(5000)]))
    #expect(try DatabaseFiles.size(of: path + ".reserve") == DiskReserve.size)
    #expect(await store.close() == nil)
    let recovered = try await StoreActor(path: path, backupPath: nil).open()
    #expect(recovered.jobs.count == 301)
  }

  @Test(.enabled(if: SmallDisk.isPossible, "only root can mount a small file system"))
  func aManagerThatStartsOnAFullDiskHasTheReserveOfTheOneBefore() async throws {
    let disk = try #require(SmallDisk(megabytes: 16))
    let path = disk.file("db")
    let before = StoreActor(path: path, backupPath: nil)
    _ = try await before.open()
    try await before.put(StoreBench.puts([StoreBench.job(1)]))
    #expect(await before.close() == nil)
    try disk.fill()
    // Not even the WAL's index can be made without the reserve.
    let store = StoreActor(path: path, backupPath: nil)
    #expect(try await store.open().jobs.map(\.id.number) == [1])
    try await store.put(
      StoreBench.batch {
        $0.completions = [StoreBench.complete(1)]
        $0.mayUseReserve = true
      })
    #expect(await store.close() == nil)
  }
}

extension StoreActor {
  var commits: Int64? { writer?.commits }

  fileprivate var isConnected: Bool { writer != nil }

  /// Has a transaction write pages before it ends.
  fileprivate func keepFewPages() throws(StoreError) {
    try writer?.database.execute("PRAGMA cache_size = 5")
  }

  /// Writes a batch as if the answer of the disk had been an error.
  func failAfterWriting(_ batch: StoreBatch) throws(StoreError) {
    guard let writer else { throw StoreError(message: "not open") }
    let commits = writer.commits + 1
    try writer.write(batch)
    let doubt = writer.doubt
    drop(BatchWriter.Doubt(commits: commits, inserted: doubt.inserted, uploads: doubt.uploads))
  }

  /// Loses the connection in a batch of which nothing was written.
  func loseConnection(inserting jobs: [JobID]) {
    guard let writer else { return }
    drop(BatchWriter.Doubt(commits: writer.commits + 1, inserted: jobs))
  }
}

/// A small file system in memory.
final class SmallDisk {
  private let directory = TemporaryDirectory()

  static var isPossible: Bool { SmallDisk(megabytes: 1) != nil }

  init?(megabytes: Int) {
    guard mount("tmpfs", directory.path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { return nil }
  }

  deinit { umount2(directory.path, Int32(MNT_DETACH)) }

  func file(_ name: String) -> String { directory.file(name) }

  /// Leaves no space.
  func fill() throws {
    let filler = try openFile(file("filler"), O_WRONLY | O_CREAT)
    let block = [UInt8](repeating: 1, count: 4096)
    while write(filler.number, block, block.count) > 0 {}
  }

  func empty() { unlink(file("filler")) }
}
