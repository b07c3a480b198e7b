import Jobs
import Testing

@testable import Manager

/// The rows of behaviour.md §2.5.
@Suite struct ModificationTests {
  /// Adds jobs whose keys are those of their specifications, as the manager does.
  private func add(_ bench: inout QueueBench, _ specs: [JobSpec]) throws -> [JobID] {
    let admission = try bench.queue.add(
      specs, keys: specs.map { JobKey(of: $0) }, rerun: specs.map { _ in false }, now: bench.now)
    bench.commit()
    return admission.jobs
  }

  private func modify(
    _ bench: inout QueueBench, _ ids: [JobID], complete: Set<JobKey> = [],
    _ change: (inout JobModification) -> Void
  ) throws -> [JobQueue.Modified] {
    var modification = JobModification()
    change(&modification)
    let modified = try bench.queue.modify(ids, modification, complete: complete, now: bench.now)
    #expect(bench.queue.brokenInvariants() == [])
    bench.commit()
    #expect(bench.queue.brokenInvariants() == [])
    for one in modified { #expect(bench.queue.committed(one.id) == bench.live[one.id]) }
    return modified
  }

  @Test func everyPropertyTakesEffect() throws {
    var bench = QueueBench()
    let id = try add(&bench, [JobSpec(cmd: "a", retries: 2)])[0]
    let modified = try modify(&bench, [id]) { new in
      new.cmd = "b"
      new.cwd = "/work"
      new.cwdMatters = true
      new.changeHome = true
      new.reqGroup = "r"
      new.unixGroup = "staff"
      new.memory = 77
      new.time = .seconds(7)
      new.cores = 2
      new.diskGigabytes = 0
      new.other = ["scheduler_queue": "q"]
      new.override = 2
      new.priority = 9
      new.retries = 5
      new.noRetryOverWalltime = .seconds(3)
      new.limitGroups = ["L"]
      new.modules = ["m"]
      new.depGroups = ["g"]
      new.behaviours = [Behaviour(on: .exit, .cleanup)]
      new.monitorDocker = "?"
      new.withDocker = "image"
      new.containerMounts = "/a:/b"
      new.environment = ["A=b"]
    }
    let job = try #require(bench.queue.committed(id))
    let wanted = Requirements(
      memory: 77, time: .seconds(7), cores: 2, diskGigabytes: 0, diskIsSet: true,
      other: ["scheduler_queue": "q"])
    #expect(
      job.spec
        == JobSpec(
          cmd: "b", cwd: "/work", cwdMatters: true, changeHome: true, reqGroup: "r",
          unixGroup: "staff", requirements: wanted, override: 2, priority: 9, retries: 5,
          noRetryOverWalltime: .seconds(3), limitGroups: ["L"], modules: ["m"], depGroups: ["g"],
          behaviours: [Behaviour(on: .exit, .cleanup)], monitorDocker: "?", withDocker: "image",
          containerMounts: "/a:/b", environment: ["A=b"]))
    #expect(job.requirements == wanted)
    #expect(job.untilBuried == 6)
    #expect(job.run.actualCwd == "/.")
    #expect(job.key == JobKey(of: job.spec))
    #expect(modified.map(\.new) == [job.key])
    #expect(bench.queue.keys[job.key] == id)
    #expect(bench.queue.keys[modified[0].old] == nil)
  }

  @Test func nothingIsChangedByNothing() throws {
    var bench = QueueBench()
    let id = try add(&bench, [JobSpec(cmd: "a")])[0]
    let before = bench.queue.committed(id)
    _ = try modify(&bench, [id]) { _ in }
    #expect(bench.queue.committed(id) == before)
  }

  @Test func behavioursReplaceThoseOfTheSameTrigger() throws {
    var bench = QueueBench()
    let id = try add(
      &bench,
      [
        JobSpec(
          cmd: "a",
          behaviours: [Behaviour(on: .exit, .cleanup), Behaviour(on: .failure, .run("x"))])
      ])[0]
    _ = try modify(&bench, [id]) { $0.behaviours = [Behaviour(on: .exit, .nothing)] }
    #expect(
      bench.queue.committed(id)?.spec.behaviours
        == [Behaviour(on: .failure, .run("x")), Behaviour(on: .exit, .nothing)])
  }

  @Test func aJobCannotBecomeAnotherLiveOrComplete() throws {
    var bench = QueueBench()
    let ids = try add(&bench, ["a", "b", "c", "d"].map { JobSpec(cmd: $0) })
    #expect(try modify(&bench, [ids[0]]) { $0.cmd = "b" } == [])
    let complete: Set = [JobKey(of: JobSpec(cmd: "old"))]
    #expect(try modify(&bench, [ids[0]], complete: complete) { $0.cmd = "old" } == [])
    // The first of a request takes the key; the second would be the same.
    let both = try modify(&bench, [ids[2], ids[3]]) { $0.cmd = "new" }
    #expect(both.map(\.id) == [ids[2]])
  }

  @Test func dependantsFollowAKeyThatChanges() throws {
    var bench = QueueBench(cores: 1)
    bench.connect()
    let parent = JobSpec(cmd: "parent", requirements: Requirements(cores: 1))
    let ids = try add(
      &bench,
      [
        parent, JobSpec(cmd: "by key", dependencies: [.key(JobKey(of: parent))]),
        JobSpec(cmd: "by command", dependencies: [.command(cmd: "parent", cwd: nil)]),
      ])
    let modified = try modify(&bench, [ids[0]]) { $0.cmd = "renamed" }
    #expect(modified.count == 1)
    for id in ids.dropFirst() {
      #expect(bench.queue.committed(id)?.state == .dependent)
      #expect(bench.queue.committed(id)?.spec.dependencies == [.key(modified[0].new)])
    }
    bench.finished(try #require(bench.place().first))
    for id in ids.dropFirst() { #expect(bench.queue.committed(id)?.state == .ready) }
  }

  @Test func dependantsAreNotFreeWhileTheirParentChanges() throws {
    var bench = QueueBench(cores: 2)
    let parent = JobSpec(cmd: "parent", depGroups: ["g"])
    // It could never run here, and so would be buried as soon as it is free.
    let child = JobSpec(
      cmd: "child", requirements: Requirements(cores: 3),
      dependencies: [.group("g"), .key(JobKey(of: parent))])
    let ids = try add(&bench, [parent, child])
    _ = try modify(&bench, [ids[0]]) { new in
      new.cmd = "renamed"
      new.depGroups = ["h", "g"]
    }
    #expect(bench.queue.committed(ids[1])?.state == .dependent)
  }

  @Test func aGroupThatWasJoinedOnceIsRememberedByAModifiedJob() throws {
    var bench = QueueBench(cores: 1)
    bench.connect()
    try bench.add([1]) { _, spec in spec.depGroups = ["g"] }
    bench.finished(try #require(bench.place().first))
    try bench.add([2]) { _, spec in spec.dependencies = [.group("g")] }
    let id = bench.id(2)
    for priority in [3, 4] {
      _ = try modify(&bench, [id]) { $0.priority = priority }
      let job = try #require(bench.queue.committed(id))
      #expect(bench.queue.waiting(job, mode: .started, now: bench.now) == ["next in line"])
    }
  }

  @Test func dependenciesMayBeTakenAwayAndGiven() throws {
    var bench = QueueBench()
    let ids = try add(
      &bench, [JobSpec(cmd: "a", depGroups: ["g"]), JobSpec(cmd: "b", dependencies: [.group("g")])])
    #expect(bench.queue.committed(ids[1])?.state == .dependent)
    _ = try modify(&bench, [ids[1]]) { $0.dependencies = [] }
    #expect(bench.queue.committed(ids[1])?.state == .ready)
    _ = try modify(&bench, [ids[1]]) { $0.dependencies = [.command(cmd: "a", cwd: nil)] }
    #expect(bench.queue.committed(ids[1])?.state == .dependent)
    _ = try modify(&bench, [ids[0]]) { $0.depGroups = ["h"] }
    #expect(bench.queue.committed(ids[1])?.state == .dependent)
  }

  @Test func aModificationThatClosesACircleIsRefusedAndChangesNothing() throws {
    var bench = QueueBench()
    let ids = try add(
      &bench,
      [
        JobSpec(cmd: "a"), JobSpec(cmd: "b", dependencies: [.command(cmd: "a", cwd: nil)]),
        JobSpec(cmd: "c"),
      ])
    let before = ids.map { bench.queue.committed($0) }
    var modification = JobModification()
    modification.cmd = "renamed"
    modification.dependencies = [.command(cmd: "b", cwd: nil)]
    let queue = bench.queue
    #expect(throws: QueueError.self) {
      var copy = queue
      _ = try copy.modify([ids[0]], modification, complete: [], now: bench.now)
    }
    _ = try? bench.queue.modify([ids[0]], modification, complete: [], now: bench.now)
    #expect(bench.queue.brokenInvariants() == [])
    bench.commit()
    #expect(ids.map { bench.queue.committed($0) } == before)
  }

  @Test func priorityChangesTheOrderAtOnce() throws {
    var bench = QueueBench(cores: 1)
    bench.connect()
    try bench.add([1, 2, 3])
    _ = try modify(&bench, [bench.id(3)]) { $0.priority = 200 }
    let placed = bench.place()
    #expect(placed.map(\.spec.cmd) == ["echo 3"])
  }

  @Test func heldAndRunningJobsAreLeftAlone() throws {
    var bench = QueueBench(cores: 1)
    bench.connect()
    try bench.add([1, 2])
    let order = try #require(bench.place().first)
    #expect(try modify(&bench, [bench.id(1)]) { $0.priority = 3 } == [])
    bench.started(order)
    #expect(try modify(&bench, [bench.id(1)]) { $0.priority = 3 } == [])
  }

  @Test func failuresThatWereStillCount() throws {
    var bench = QueueBench(cores: 1)
    bench.connect()
    try bench.add([1]) { _, spec in spec.retries = 3 }
    let order = try #require(bench.place().first)
    bench.started(order)
    bench.finished(order, .release(.exit), exitCode: 1)
    _ = try modify(&bench, [bench.id(1)]) { $0.retries = 1 }
    #expect(bench.queue.committed(bench.queue.table.first!)?.untilBuried == 1)
  }
}

extension JobTable {
  /// The oldest live job.
  var first: JobID? {
    var first: JobID?
    visit { if first == nil { first = $0.job.id } }
    return first
  }
}
