import Glibc
import Jobs
import Platform
import Support
import Testing

@testable import Manager

@Suite(.timeLimit(.minutes(1))) struct StoreRecoveryTests {
  let bench = StoreBench()
  let jobs = (1...200).map { StoreBench.job(Int64($0)) }

  /// Leaves a database with jobs, and a backup equal to it.
  private func filled() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts(jobs))
    #expect(await store.close() == nil)
  }

  private func opened(
    _ body: (Recovered, StoreActor) async throws -> Void
  ) async throws {
    let store = bench.store()
    let recovered = try await store.open()
    try await body(recovered, store)
    #expect(try await store.verify() == [])
    #expect(await store.close() == nil)
  }

  /// The sentence with which a start is refused; the files stay as they are.
  private func refusal() async throws -> String {
    let before = try contents()
    let store = bench.store()
    let error = await #expect(throws: StoreError.self) { try await store.open() }
    #expect(try contents() == before)
    return error?.message ?? ""
  }

  private func contents() throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for name in [bench.path, bench.path + "-wal", bench.backupPath]
    where access(name, F_OK) == 0 { contents[name] = try readFile(name) }
    // An open WAL database has a WAL, if only an empty one.
    return contents.filter { !$0.value.isEmpty }
  }

  @Test func aMissingDatabaseComesFromTheBackup() async throws {
    try await filled()
    unlink(bench.path)
    try await opened { recovered, _ in
      #expect(recovered.jobs == jobs)
      #expect(recovered.generation == 2)
      #expect(
        recovered.messages == [
          "recreated missing db file \(bench.path) from backup file \(bench.backupPath)"
        ])
    }
  }

  @Test func jobsThatAreAlikeButForTheirCommandsShareTheirTraits() async throws {
    try await filled()
    try await opened { recovered, _ in
      #expect(Set(recovered.jobs.map(\.spec.traitsIdentity)).count == 1)
    }
  }

  @Test(arguments: [(0, 100), (0, 8192), (4096, 4096), (8192, 60_000)])
  func aDamagedDatabaseComesFromTheBackupAndIsKept(offset: Int, count: Int) async throws {
    try await filled()
    try StoreBench.overwrite(bench.path, at: offset, count: count)
    let damaged = try readFile(bench.path)
    try await opened { recovered, _ in
      #expect(recovered.jobs == jobs)
      #expect(
        recovered.messages.first?.hasPrefix(
          "recreated corrupt (?) db file \(bench.path) from backup file \(bench.backupPath)"
            + " (error with original db file was: ") == true)
      #expect(recovered.messages.last == "what was there is kept as \(bench.path).damaged")
    }
    #expect(try readFile(bench.path + ".damaged") == damaged)
  }

  @Test func aDatabaseOfNoBytesComesFromTheBackup() async throws {
    try await filled()
    truncate(bench.path, 0)
    try await opened { recovered, _ in
      #expect(recovered.jobs == jobs)
      #expect(recovered.messages.first?.hasPrefix("recreated corrupt (?)") == true)
    }
  }

  @Test func withoutBackupAFileOfNoBytesIsANewDatabase() async throws {
    try writeFileAtomically(bench.path, [], mode: 0o644)
    try await opened { recovered, _ in
      #expect(recovered.messages == ["created new empty db file \(bench.path)"])
    }
  }

  @Test func aJobThatCannotBeReadIsDamage() async throws {
    try await filled()
    try StoreBench.execute(
      "UPDATE jobs SET spec = substr(spec, 1, 10) WHERE id = 7", in: bench.path)
    try await opened { recovered, _ in
      #expect(recovered.jobs == jobs)
      #expect(recovered.messages.first?.contains("job 7 cannot be read") == true)
    }
  }

  private static let newState =
    "INSERT OR REPLACE INTO job_states (id, state, until_buried, attempts)"

  @Test(arguments: [
    ("\(newState) VALUES (1000, 'ready', 1, 0)", "1 states have no job"),
    ("\(newState) VALUES (7, 'odd', 1, 0)", "unknown state \"odd\""),
    ("\(newState) VALUES (7, 'running', 1, 0)", "held, but by no attempt"),
    ("DROP TABLE limits", "no table limits"),
    ("DELETE FROM meta", "meta is empty"),
    ("UPDATE jobs SET key = x'00' WHERE id = 7", "1 bytes instead of 16"),
  ])
  func whatDoesNotBelongTogetherIsDamage(sql: String, word: String) async throws {
    try await filled()
    unlink(bench.backupPath)
    try StoreBench.execute(sql, in: bench.path)
    let message = try await refusal()
    #expect(message.contains(word), "\(message)")
    #expect(message.contains("no backup file"))
  }

  @Test func ifBothAreDamagedBothStayAsTheyAre() async throws {
    try await filled()
    try StoreBench.overwrite(bench.path, at: 0, count: 5000)
    try StoreBench.overwrite(bench.backupPath, at: 9000, count: 5000)
    let message = try await refusal()
    #expect(message.contains("db file \(bench.path) is damaged"))
    #expect(
      message.contains("its backup cannot be used") && message.contains("nothing was changed"))
  }

  @Test func aMissingDatabaseIsNotMadeAnewBesideADamagedBackup() async throws {
    try await filled()
    unlink(bench.path)
    try StoreBench.overwrite(bench.backupPath, at: 100, count: 5000)
    let message = try await refusal()
    #expect(message.contains("is missing, and its backup cannot be used"))
    #expect(access(bench.path, F_OK) != 0)
  }

  @Test func aNewerFormatIsRefused() async throws {
    try await filled()
    try StoreBench.execute("PRAGMA user_version = \(Schema.version + 1)", in: bench.path)
    let message = try await refusal()
    #expect(message.contains("written by a newer wr"))
    #expect(message.contains("\(Schema.version + 1)"))
  }

  @Test func anotherProgramsDatabaseIsRefused() async throws {
    try writeFileAtomically(bench.path, [], mode: 0o644)
    try StoreBench.execute("CREATE TABLE theirs (x)", in: bench.path)
    #expect(try await refusal().contains("not one of wr"))
  }

  @Test func textInPlaceOfADatabaseIsRefused() async throws {
    let text = String(repeating: "these are my notes, not a database\n", count: 100)
    try writeFileAtomically(bench.path, Array(text.utf8), mode: 0o644)
    #expect(try await refusal().contains("is damaged"))
  }

  @Test func aDirectoryInPlaceOfADatabaseIsRefused() async throws {
    mkdir(bench.path, 0o700)
    let store = bench.store()
    let error = await #expect(throws: StoreError.self) { try await store.open() }
    #expect(error?.message == "\(bench.path) is not a regular file")
  }

  @Test func aDirectoryThatIsNotThereIsAnError() async throws {
    let store = StoreActor(path: bench.directory.file("no/db"), backupPath: nil)
    let error = await #expect(throws: StoreError.self) { try await store.open() }
    #expect(error?.message.contains("no/db.") == true)
  }

  @Test func aStrayWALIsNotTakenForTheNewDatabases() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    try await store.put(StoreBench.puts(jobs))
    let wal = try readFile(bench.path + "-wal")
    await store.close()
    unlink(bench.path)
    try writeFileAtomically(bench.path + "-wal", wal, mode: 0o600)
    try await opened { recovered, _ in
      #expect(recovered.jobs.isEmpty)
      #expect(recovered.messages.last == "what was there is kept as \(bench.path).damaged-wal")
    }
    #expect(try readFile(bench.path + ".damaged-wal") == wal)
  }

  @Test func whatAnInterruptedStartHasLeftIsRemoved() async throws {
    try await filled()
    for suffix in [".new", ".new-journal", ".restoring"] {
      try writeFileAtomically(bench.path + suffix, [1], mode: 0o600)
    }
    try writeFileAtomically(bench.backupPath + ".tmp", [1], mode: 0o600)
    try await opened { recovered, _ in
      #expect(recovered.jobs == jobs)
      for suffix in [".new", ".new-journal", ".restoring"] {
        #expect(access(bench.path + suffix, F_OK) != 0)
      }
      #expect(access(bench.backupPath + ".tmp", F_OK) != 0)
    }
  }

  @Test func theGenerationGrowsWithEachStartEvenAfterACrash() async throws {
    for generation: UInt64 in 1...3 {
      let store = bench.store()
      #expect(try await store.open().generation == generation)
      // Not closed: the next one finds the files as a crash leaves them.
      #expect(try await bench.recoveredAfterCrash().generation == generation + 1)
      if generation < 3 { await store.close() }
    }
  }

  @Test func aBatchIsThereAsAWholeOrNotAtAllWhereverTheLogBreaksOff() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    for batch in 0..<5 {
      let ids = (1...20).map { Int64(batch * 20 + $0) }
      try await store.put(StoreBench.puts(ids.map { StoreBench.job($0) }))
    }
    let database = try readFile(bench.path)
    let wal = try readFile(bench.path + "-wal")
    await store.close()
    var seen: Set<Int> = []
    for step in 0...40 {
      let copy = bench.directory.file("cut")
      try writeFileAtomically(copy, database, mode: 0o600)
      try writeFileAtomically(copy + "-wal", wal[..<(wal.count * step / 40)], mode: 0o600)
      // A WAL that is cut off before the tables are there leaves a database without them.
      let cut = StoreActor(path: copy, backupPath: nil)
      let recovered = try await cut.open()
      #expect(recovered.jobs.count % 20 == 0)
      #expect(recovered.nextJobID == Int64(recovered.jobs.count + 1))
      #expect(try await cut.verify() == [])
      seen.insert(recovered.jobs.count)
      await cut.close()
    }
    #expect(seen == [0, 20, 40, 60, 80, 100])
  }
}
