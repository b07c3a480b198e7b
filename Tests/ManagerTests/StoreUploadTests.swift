import Jobs
import Support
import Testing

@testable import Manager

/// Uploads on disk: there after their commit, wholly, and not before.
@Suite(.timeLimit(.minutes(1))) struct StoreUploadTests {
  let bench = StoreBench()
  let upload = UploadID(10)

  private static func jobs(_ ids: ClosedRange<Int64>, group: DepGroup = "up") -> [Job] {
    ids.map { id in
      var job = StoreBench.job(id)
      job.spec.depGroups = [group]
      return job
    }
  }

  private func take(_ steps: UploadStep..., in store: StoreActor) async throws {
    for step in steps { try await store.put(StoreBench.batch { $0.uploads = [step] }) }
  }

  /// The numbers of the jobs that a start finds, and those of tables that should be empty then.
  private func found(_ path: String) async throws -> (jobs: [Int64], uploads: Int64) {
    let store = StoreActor(path: path, backupPath: nil)
    let jobs = try await store.open().jobs.map(\.id.number)
    #expect(try await store.verify() == [])
    #expect(await store.close() == nil)
    let database = try Database.open(path, for: .reading)
    let rows = try database.integer("SELECT count(*) FROM jobs")
    #expect(Int(rows) == jobs.count)
    return (jobs, try database.integer("SELECT count(*) FROM uploads"))
  }

  @Test func whatIsOnlyStagedIsGoneAfterACrash() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    try await take(
      .stage(upload, Self.jobs(10...19)), .stage(upload, Self.jobs(20...29)), in: store)
    try await store.put(StoreBench.puts([StoreBench.job(30)]))
    let recovered = try await bench.recoveredAfterCrash()
    #expect(recovered.jobs.map(\.id.number) == [1, 30])
    #expect(recovered.nextJobID == 31)
    #expect(await store.close() == nil)
    let found = try await found(bench.path)
    #expect(found.jobs == [1, 30])
    #expect(found.uploads == 0)
    let reader = HistoryReader(path: bench.path)
    #expect(try await reader.joined(among: ["up"]) == [], "nobody has joined")
    await reader.close()
  }

  @Test func whatIsCommittedIsThereAfterACrashAtAnyStep() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    let steps: [UploadStep] = [
      .stage(upload, Self.jobs(10...19)), .stage(upload, Self.jobs(20...29)),
      .drop([JobID(12), JobID(29)]), .commit(upload), .join(["up"]), .finish(upload),
    ]
    let all = (10...29).filter { $0 != 12 && $0 != 29 }.map { Int64($0) }
    for (index, step) in steps.enumerated() {
      try await take(step, in: store)
      let recovered = try await bench.recoveredAfterCrash()
      #expect(recovered.jobs.map(\.id.number) == (index < 3 ? [] : all), "after step \(index)")
    }
    #expect(await store.close() == nil)
  }

  @Test func theNextStartWritesWhichGroupsWereJoined() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    try await take(
      .stage(upload, Self.jobs(10...19)), .stage(UploadID(20), Self.jobs(20...29, group: "other")),
      .commit(upload), in: store)
    #expect(await store.close() == nil)
    #expect(try await found(bench.path).jobs == Array(10...19))
    let reader = HistoryReader(path: bench.path)
    #expect(try await reader.joined(among: ["up", "other"]) == ["up"])
    await reader.close()
  }

  @Test func halfWithdrawnItIsNotThere() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    // As if the commit had been said to have failed, but had reached the disk.
    try await take(
      .stage(upload, Self.jobs(10...19)), .stage(upload, Self.jobs(20...29)), .commit(upload),
      .withdraw(upload, first: JobID(20)), in: store)
    #expect(try await bench.recoveredAfterCrash().jobs == [])
    try await take(.withdraw(upload, first: JobID(10)), in: store)
    #expect(await store.close() == nil)
    let found = try await found(bench.path)
    #expect(found.jobs == [])
    #expect(found.uploads == 0)
  }

  @Test func aDroppedJobTakesNothingFromTheOneOfItsKey() async throws {
    let store = bench.store(backup: false)
    _ = try await store.open()
    let job = StoreBench.job(1, cmd: "same")
    try await store.put(
      StoreBench.batch {
        $0.puts = [job]
        $0.memberships = [("more", job.key)]
      })
    try await take(
      .stage(upload, [StoreBench.job(10, cmd: "same")]), .drop([JobID(10)]), .commit(upload),
      .finish(upload), in: store)
    let recovered = try await bench.recoveredAfterCrash()
    #expect(recovered.jobs == [job])
    #expect(recovered.memberships.map(\.group) == ["more"])
    #expect(await store.close() == nil)
  }

  @Test func aBackupMadeDuringAnUploadHasNothingOfIt() async throws {
    let store = bench.store()
    _ = try await store.open()
    try await store.put(StoreBench.puts([StoreBench.job(1, cmd: "same")]))
    try await take(.stage(upload, Self.jobs(10...19)), in: store)
    // That it is there already is found out when all have come.
    try await take(.stage(upload, [StoreBench.job(20, cmd: "same")]), in: store)
    #expect(try await store.verify() == [])
    let copy = bench.directory.file("copy")
    try await store.backup(to: copy)
    try await take(.commit(upload), in: store)
    #expect(try await store.verify().count == 1)
    #expect(await store.close() != nil, "it is not backed up either")
    #expect(try await found(copy).jobs == [1])
  }
}
