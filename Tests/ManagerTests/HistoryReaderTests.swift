import Jobs
import Platform
import Support
import Testing

@testable import Manager

@Suite(.timeLimit(.minutes(1))) struct HistoryReaderTests {
  let bench = StoreBench()

  /// A store that is open, and a reader of it.
  private func opened() async throws -> (StoreActor, HistoryReader) {
    let store = bench.store(backup: false)
    _ = try await store.open()
    return (store, HistoryReader(path: bench.path))
  }

  private func end(_ store: StoreActor, _ reader: HistoryReader) async throws {
    #expect(try await store.verify() == [])
    await reader.close()
    await store.close()
  }

  @Test func aCompleteJobIsFoundByKeyGroupAndRow() async throws {
    let (store, reader) = try await opened()
    let job = StoreBench.complete(1)
    try await store.put(StoreBench.puts([StoreBench.job(1)]))
    #expect(try await reader.entry(of: job.key) == nil)
    #expect(try await reader.sums(of: nil).mapValues(\.count) == [:])
    try await store.put(StoreBench.completions([job]))
    let entry = HistoryEntry(row: 1, key: job.key)
    #expect(try await reader.entry(of: job.key) == entry)
    #expect(try await reader.entries(of: "g", except: []).entries == [entry])
    #expect(try await reader.entries(of: "G", except: []).entries == [])
    #expect(try await reader.jobs(rows: [1]) == [job])
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["g": 1])
    #expect(try await reader.sums(of: "g").mapValues(\.count) == ["g": 1])
    let absent = StoreBench.key(of: "absent")
    #expect(try await reader.complete(among: [job.key, absent]) == [job.key])
    try await end(store, reader)
  }

  @Test func entriesComeByStartThenEnd() async throws {
    let (store, reader) = try await opened()
    let times: [(Int64, Int64)] = [(5, 9), (1, 9), (5, 6), (1, 2), (5, 6)]
    let jobs = times.enumerated().map {
      StoreBench.complete(Int64($0 + 1), started: $1.0, ended: $1.1)
    }
    try await store.put(StoreBench.completions(jobs))
    let rows = try await reader.entries(of: "g", except: []).entries.map(\.row)
    #expect(rows == [4, 2, 3, 5, 1])
    #expect(try await reader.entries(containing: "", except: []).map(\.row) == rows)
    try await end(store, reader)
  }

  @Test func jobsComeInTheOrderAskedForWithoutThoseThatAreGone() async throws {
    let (store, reader) = try await opened()
    try await store.put(StoreBench.completions((1...4).map { StoreBench.complete($0) }))
    #expect(try await reader.jobs(rows: [3, 9, 1, 3]).map(\.id.number) == [3, 1, 3])
    #expect(try await reader.jobs(rows: []) == [])
    try await end(store, reader)
  }

  @Test func aLaterSuccessReplacesTheEarlierAndKeepsItsGroups() async throws {
    let (store, reader) = try await opened()
    try await store.put(StoreBench.completions([StoreBench.complete(1, group: "a", cmd: "c")]))
    let key = StoreBench.key(of: "c")
    try await store.put(StoreBench.batch { $0.memberships = [("b", key), ("a", key)] })
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["a": 1, "b": 1])

    let again = StoreBench.complete(2, group: "x", cmd: "c", started: 7, ended: 8)
    try await store.put(StoreBench.puts([StoreBench.job(2, group: "x", cmd: "c")]))
    #expect(
      try await bench.recoveredAfterCrash().memberships.map(\.group.text).sorted() == ["a", "b"])
    try await store.put(StoreBench.completions([again]))
    for group in ["a", "b", "x"] as [RepGroup] {
      #expect(
        try await reader.entries(of: group, except: []).entries == [HistoryEntry(row: 2, key: key)])
    }
    #expect(try await reader.jobs(rows: [1, 2]) == [again])
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["a": 1, "b": 1, "x": 1])

    // Back to a group it was only a member of.
    try await store.put(StoreBench.completions([StoreBench.complete(3, group: "b", cmd: "c")]))
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["a": 1, "b": 1, "x": 1])
    try await end(store, reader)
  }

  @Test func groupsOfALiveJobCountOnceItIsComplete() async throws {
    let (store, reader) = try await opened()
    let job = StoreBench.job(1, group: "a")
    try await store.put(
      StoreBench.batch {
        $0.puts = [job]
        $0.memberships = [("b", job.key), ("b", job.key), ("c", job.key)]
      })
    #expect(try await reader.sums(of: nil).mapValues(\.count) == [:])
    #expect(try await reader.entries(of: "b", except: []).entries == [])
    try await store.put(StoreBench.completions([StoreBench.complete(1, group: "a")]))
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["a": 1, "b": 1, "c": 1])
    try await end(store, reader)
  }

  @Test func theGroupsOfADeletedJobGoUnlessACompleteOneHasItsKey() async throws {
    let (store, reader) = try await opened()
    let fresh = StoreBench.job(1, group: "a", cmd: "fresh")
    let rerun = StoreBench.job(3, group: "a", cmd: "rerun")
    try await store.put(
      StoreBench.completions([StoreBench.complete(2, group: "a", cmd: "rerun")]))
    try await store.put(
      StoreBench.batch {
        $0.puts = [fresh, rerun]
        $0.memberships = [("b", fresh.key), ("b", rerun.key)]
      })
    try await store.put(StoreBench.batch { $0.deletions = [fresh.id, rerun.id] })
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["a": 1, "b": 1])
    try await store.put(
      StoreBench.completions([StoreBench.complete(4, group: "z", cmd: "fresh")]))
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["a": 1, "b": 1, "z": 1])
    try await end(store, reader)
  }

  @Test(
    arguments: [
      ("lig", [1, 2, 3]), ("align", [1, 2]), ("Align", [3]), ("%", [4]), ("_", [4]), ("'", [4]),
      ("é", [5]), ("", [1, 2, 3, 4, 5]), ("zzz", []),
    ] as [(String, [Int64])])
  func substringsAreFoundAsTheyAre(text: String, rows: [Int64]) async throws {
    let (store, reader) = try await opened()
    let groups: [RepGroup] = ["align", "realign", "Align", "%_'", "é"]
    let jobs = groups.enumerated().map {
      StoreBench.complete(Int64($0 + 1), group: $1, started: Int64($0))
    }
    try await store.put(StoreBench.completions(jobs))
    // Twice a member of what is found: once on the list.
    try await store.put(StoreBench.batch { $0.memberships = [("realign", jobs[0].key)] })
    #expect(try await reader.entries(containing: text, except: []).map(\.row) == rows)
    try await end(store, reader)
  }

  @Test func whatAJobWroteIsReplacedAndGoesWithIt() async throws {
    let (store, reader) = try await opened()
    let ids = (1...4).map { JobID($0) }
    try await store.put(StoreBench.puts((1...3).map { StoreBench.job($0) }))
    try await store.put(
      StoreBench.batch {
        $0.outputs = ids.map { JobOutput(job: $0, stdout: "out", stderr: "") }
      })
    let second = JobOutput(job: ids[0], stdout: "", stderr: "é\0x")
    try await store.put(StoreBench.batch { $0.outputs = [second] })
    var outputs = try await reader.outputs(of: ids)
    #expect(Set(outputs.keys) == Set(ids[..<3]))
    #expect(outputs[ids[0]] == second)
    #expect(outputs[ids[1]]?.stdout == "out")
    try await store.put(
      StoreBench.batch {
        $0.deletions = [ids[0]]
        $0.completions = [StoreBench.complete(2)]
        $0.outputs = [JobOutput(job: ids[1], stdout: "late", stderr: "")]
      })
    outputs = try await reader.outputs(of: ids)
    #expect(Set(outputs.keys) == [ids[2]])
    try await end(store, reader)
  }

  @Test func aJobThatWasNeverStoredCanBeComplete() async throws {
    let (store, reader) = try await opened()
    let job = StoreBench.complete(1)
    try await store.put(StoreBench.completions([job]))
    try await store.put(StoreBench.completions([job]))
    #expect(try await reader.jobs(rows: [1]) == [job])
    #expect(try await reader.sums(of: nil).mapValues(\.count) == ["g": 1])
    try await end(store, reader)
  }

  @Test func readersSeeWholeBatchesWhileTheWriterCommits() async throws {
    let (store, reader) = try await opened()
    let batches = 60
    let size = 50
    async let seen: Int = {
      var last = 0
      while last < batches * size {
        let count = try await reader.sums(of: "g")["g"]?.count ?? 0
        let entries = try await reader.entries(of: "g", except: []).entries
        #expect(count % size == 0 && count >= last && entries.count >= count)
        #expect(entries.count % size == 0)
        let rows = entries.suffix(5).map(\.row)
        #expect(try await reader.jobs(rows: rows).map(\.id.number) == rows)
        last = count
      }
      return last
    }()
    for batch in 0..<batches {
      let ids = (1...size).map { Int64(batch * size + $0) }
      try await store.put(
        StoreBench.completions(ids.map { StoreBench.complete($0, started: $0) }))
    }
    #expect(try await seen == batches * size)
    try await end(store, reader)
  }

  @Test func whatCompleteJobsHaveUsedIsSummedUp() async throws {
    let (store, reader) = try await opened()
    let jobs = (1...3).map { number in
      var job = StoreBench.complete(
        Int64(number), started: Int64(10 - number), ended: Int64(20 + number))
      job.run.peakMemory = Megabytes(10 * number)
      job.run.walltime = .seconds(number)
      job.run.cpuTime = .milliseconds(500)
      return job
    }
    try await store.put(StoreBench.completions(jobs))
    let sums = try #require(try await reader.sums(of: "g")["g"])
    #expect(sums.count == 3)
    #expect(sums.memory.mean(of: 3) == 20 && sums.memory.deviation(of: 3) == 10)
    #expect(sums.walltime.mean(of: 3) == 2 && sums.walltime.deviation(of: 3) == 1)
    #expect(sums.cpuTime.mean(of: 3) == 0.5 && sums.cpuTime.deviation(of: 3) == 0)
    #expect(sums.disk.mean(of: 3) == 0)
    #expect(sums.startedAt == Timestamp(nanoseconds: 7))
    #expect(sums.endedAt == Timestamp(nanoseconds: 23))
    try await end(store, reader)
  }

  @Test func aDatabaseOfAnOlderFormHasItsSumsAfterwards() async throws {
    let (store, reader) = try await opened()
    let jobs = (1...3).map { number in
      var job = StoreBench.complete(Int64(number), group: number == 3 ? "h" : "g")
      job.run.peakMemory = Megabytes(number)
      job.run.walltime = .seconds(2 * number)
      return job
    }
    try await store.put(StoreBench.completions(jobs))
    try await store.put(StoreBench.batch { $0.memberships = [("h", jobs[0].key)] })
    let before = try await reader.sums(of: nil)
    try await end(store, reader)
    let columns = [
      "memory_mb_sum", "memory_mb_squares", "disk_mb_sum", "disk_mb_squares", "walltime_s_sum",
      "walltime_s_squares", "cpu_time_s_sum", "cpu_time_s_squares", "last_ended_ns",
    ]
    try StoreBench.execute(
      columns.map { "ALTER TABLE rep_groups DROP COLUMN \($0);" }.joined()
        + "PRAGMA user_version = 4", in: bench.path)
    let (migrated, again) = try await opened()
    #expect(try await again.sums(of: nil) == before)
    try await end(migrated, again)
  }

  @Test(arguments: 0..<4) func countsAndGroupsFollowAModel(run: Int) async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("countsAndGroupsFollowAModel seed \(seed)")
    var random = SplitMix64(seed: seed)
    let (store, reader) = try await opened()
    let frugal = HistoryReader(path: bench.path, fewEntries: 1)
    let groups: [RepGroup] = ["a", "b", "c", "ab"]
    var live: [String: Int64] = [:]
    var history: [String: (row: Int64, group: RepGroup)] = [:]
    var members: [String: Set<RepGroup>] = [:]
    var next: Int64 = 1
    for _ in 0..<60 {
      var batch = StoreBatch()
      var touched: Set<String> = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let cmd = "cmd \(Int.random(in: 0..<8, using: &random))"
        let group = groups.randomElement(using: &random)!
        guard touched.insert(cmd).inserted else { continue }
        switch (Int.random(in: 0..<4, using: &random), live[cmd]) {
        case (0, let id?):
          batch.deletions.append(JobID(id))
          live[cmd] = nil
          if history[cmd] == nil { members[cmd] = nil }
        case (1, let id?):
          var job = StoreBench.complete(id, group: group, cmd: cmd)
          job.run.peakMemory = Megabytes(Int(id))
          batch.completions.append(job)
          live[cmd] = nil
          if let old = history[cmd] { members[cmd, default: []].insert(old.group) }
          history[cmd] = (id, group)
        case (2, _?):
          batch.memberships.append((group, StoreBench.key(of: cmd)))
          members[cmd, default: []].insert(group)
        case (_, nil):
          batch.puts.append(StoreBench.job(next, group: group, cmd: cmd))
          live[cmd] = next
          next += 1
        default: break
        }
      }
      try await store.put(batch)
      var expected: [RepGroup: Set<Int64>] = [:]
      for (cmd, entry) in history {
        for group in members[cmd, default: []].union([entry.group]) {
          expected[group, default: []].insert(entry.row)
        }
      }
      let sums = try await reader.sums(of: nil)
      #expect(sums.mapValues(\.count) == expected.mapValues(\.count), "seed \(seed)")
      for (group, rows) in expected {
        let memory = try #require(sums[group]?.memory)
        #expect(memory.sum == Double(rows.reduce(0, +)), "seed \(seed)")
        #expect(memory.squares == Double(rows.reduce(0) { $0 + $1 * $1 }), "seed \(seed)")
      }
      let again = history.filter { live[$0.key] != nil }
      let without = try await reader.sums(
        of: nil,
        except: Dictionary(again.keys.map { (StoreBench.key(of: $0), groups) }) { $1 })
      let rowsAgain = Set(again.values.map(\.row))
      #expect(
        without.mapValues(\.count)
          == expected.mapValues { $0.subtracting(rowsAgain).count }.filter { $0.value > 0 },
        "seed \(seed)")
      for group in groups {
        let rows = try await reader.entries(of: group, except: []).entries.map(\.row)
        #expect(rows.count == expected[group, default: []].count)
        #expect(Set(rows) == expected[group, default: []], "seed \(seed)")
        // Reading only some gives the first of all, and counts the others.
        let keys = live.keys.map { StoreBench.key(of: $0) }
        let all = try await reader.entries(of: group, except: keys).entries
        let limit = Int.random(in: 1...3, using: &random)
        let some = try await frugal.entries(of: group, except: keys, limit: limit)
        #expect(Array(some.entries.prefix(limit)) == Array(all.prefix(limit)), "seed \(seed)")
        #expect(some.entries.count + some.omitted == all.count, "seed \(seed)")
      }
      let matching = Set(expected.filter { $0.key.text.contains("a") }.values.joined())
      let found = try await reader.entries(containing: "a", except: []).map(\.row)
      #expect(found.count == matching.count && Set(found) == matching, "seed \(seed)")
    }
    await frugal.close()
    try await end(store, reader)
  }
}
