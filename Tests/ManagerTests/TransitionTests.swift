import Jobs
import Platform
import Testing

@testable import Manager

/// The table of behaviour.md §2.2, row by row: a job is brought into one state, something happens,
/// and it is in the next.
@Suite struct TransitionTests {
  /// Job 1, which belongs to limit group L, depends on group g and has one retry; and a parent in g,
  /// job 9, for as long as the state needs one.
  struct Scene {
    var bench = QueueBench(cores: 2)
    /// What the host was told of job 1, and of its parent.
    var order: RunOrder?
    var parent: RunOrder?

    /// Job 1 under whatever key: modifying gives it that of its specification.
    private var added: JobID?
    var id: JobID { bench.queue.keys[QueueBench.key(1)] ?? added ?? JobID(0) }
    var state: String { bench.queue.committed(id)?.state.name ?? "none" }
    var job: Job { get throws { try #require(bench.queue.committed(id)) } }

    /// - Parameter state: that job 1 is in; `none` for before it is added.
    init(_ state: String) throws {
      bench.connect()
      if state == "none" { return }
      if state == "dependent" { try addParent() }
      try addJob()
      if state == "suspended" {
        _ = bench.queue.suspend(id)
        bench.commit()
      }
      if ["dependent", "ready", "suspended"].contains(state) { return }
      order = bench.place().first
      if state == "reserved" { return }
      bench.started(try #require(order))
      switch state {
      case "running": break
      case "lost": bench.advance(.seconds(60))
      case "delayed": bench.finished(order!, .release(.exit), exitCode: 1)
      case "buried": bench.finished(order!, .bury(.exit), exitCode: 1)
      case "complete": bench.finished(order!)
      default: Issue.record("no state \(state)")
      }
    }

    mutating func addJob(rerun: Bool = false) throws {
      added =
        try bench.add([1], rerun: rerun, limits: [("L", 1)]) { _, spec in
          spec.dependencies = [.group("g")]
          spec.limitGroups = ["L"]
          spec.retries = 1
        }.first
    }

    /// Adds a member of the group that job 1 depends on, and has it run.
    mutating func addParent() throws {
      try bench.add([9]) { _, spec in
        spec.depGroups = ["g"]
        spec.priority = 9
      }
      parent = bench.place().first { $0.key == QueueBench.key(9) }
    }

    mutating func modify(_ change: (inout JobModification) -> Void) throws {
      var modification = JobModification()
      change(&modification)
      _ = try bench.queue.modify([id], modification, complete: [], now: bench.now)
      bench.commit()
    }

    mutating func delete() {
      _ = bench.queue.delete([id])
      bench.commit()
    }

    /// The host gives job 1 back, and says so twice.
    mutating func giveBack() {
      for _ in 1...2 { bench.queue.withdraw(order!.attempt, now: bench.now) }
      bench.commit()
    }

    /// Whether nothing of job 1 tells that it was ever reserved.
    func isAsBefore() throws -> Bool {
      let job = try job
      return job.isUntried && job.attempts == 0 && job.untilBuried == 2
        && bench.queue.limitGroups.held == [:] && bench.live[id] == job
    }

    mutating func confirmLost() {
      bench.queue.confirmLost(id, now: bench.now)
      bench.commit()
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var from: String
    var to: String
    var trigger: String
    var act: @Sendable (inout Scene) throws -> Void
    /// Whether its side effects hold.
    var check: @Sendable (Scene) throws -> Bool = { _ in true }

    var testDescription: String { "\(from) → \(to): \(trigger)" }
  }

  static let rows: [Row] =
    [
      Row(
        from: "none", to: "ready", trigger: "added", act: { try $0.addJob() },
        check: {
          try $0.job.untilBuried == 2
        }),
      Row(
        from: "none", to: "dependent", trigger: "added behind an incomplete job",
        act: {
          try $0.addParent()
          try $0.addJob()
        }),
      Row(
        from: "dependent", to: "ready", trigger: "the last dependency is complete",
        act: { $0.bench.finished(try #require($0.parent)) }),
      Row(
        from: "dependent", to: "dependent", trigger: "a dependency is buried",
        act: { $0.bench.finished(try #require($0.parent), .bury(.exit), exitCode: 1) }),
      Row(
        from: "dependent", to: "ready", trigger: "dependencies modified to none",
        act: { try $0.modify { $0.dependencies = [] } }),
      Row(
        from: "ready", to: "reserved", trigger: "placed",
        act: { $0.order = $0.bench.place().first },
        check: { try $0.bench.queue.limitGroups.held == ["L": 1] && $0.job.run.exitCode == -1 }),
      Row(
        from: "ready", to: "buried", trigger: "can never run here",
        act: { try $0.modify { $0.cores = 99 } },
        check: {
          try $0.job.run.failReason?.text.hasPrefix("resource requirements cannot be met") == true
            && $0.bench.live[$0.id]?.state == .buried
        }),
      Row(
        from: "reserved", to: "running", trigger: "the host reports its start",
        act: { $0.bench.started(try #require($0.order)) },
        check: { try $0.job.attempts == 1 && $0.job.run.pid == 42 && $0.job.run.host == "here" }),
      // Not ready again as in the original: it may have started (decision 003 of the project).
      Row(
        from: "reserved", to: "lost", trigger: "no word for a minute",
        act: { $0.bench.advance(.seconds(60)) },
        check: { try $0.job.run.startedAt == nil }),
      Row(
        from: "reserved", to: "delayed", trigger: "released without having started",
        act: { $0.bench.finished($0.order!, .release(.start), exitCode: -1, neverStarted: true) },
        check: { try $0.job.untilBuried == 2 && $0.bench.queue.limitGroups.held == [:] }),
      Row(
        from: "reserved", to: "ready", trigger: "given back",
        act: { $0.giveBack() }, check: { try $0.isAsBefore() }),
      Row(
        from: "reserved", to: "dependent", trigger: "given back behind an incomplete job",
        act: {
          try $0.addParent()
          $0.giveBack()
        }, check: { try $0.isAsBefore() }),
      Row(
        from: "reserved", to: "buried", trigger: "given back after a kill was asked for",
        act: {
          _ = $0.bench.queue.kill($0.id)
          $0.giveBack()
        },
        check: { scene in
          let job = try scene.job
          return job.run.failReason == .killed && job.attempts == 0
            && scene.bench.queue.limitGroups.held == [:]
        }),
      Row(
        from: "reserved", to: "ready", trigger: "lost, and then given back",
        act: {
          $0.bench.advance(.seconds(60))
          #expect($0.state == "lost")
          $0.giveBack()
        }, check: { try $0.isAsBefore() && $0.bench.queue.lostCount == 0 }),
      Row(from: "running", to: "running", trigger: "given back", act: { $0.giveBack() }),
      Row(from: "lost", to: "lost", trigger: "given back", act: { $0.giveBack() }),
      Row(
        from: "reserved", to: "buried", trigger: "buried without having started",
        act: { $0.bench.finished($0.order!, .bury(.cwd), exitCode: -1, neverStarted: true) },
        check: { try $0.job.attempts == 0 && $0.job.untilBuried == 0 }),
      Row(
        from: "running", to: "lost", trigger: "no word for a minute",
        act: { $0.bench.advance(.seconds(60)) },
        check: { scene in
          let job = try scene.job
          // Counts as running, until somebody knows that it does not.
          return job.run.failReason == .lost && job.run.endedAt == scene.bench.now.timestamp
            && job.run.walltime == .seconds(60) && scene.bench.queue.limitGroups.held == ["L": 1]
        }),
      Row(
        from: "running", to: "none", trigger: "success", act: { $0.bench.finished($0.order!) },
        check: {
          $0.bench.history[QueueBench.key(1)]?.state == .complete
            && $0.bench.queue.limitGroups.held == [:]
        }),
      Row(
        from: "running", to: "delayed", trigger: "failed with tries left",
        act: { $0.bench.finished($0.order!, .release(.exit), exitCode: 1) },
        check: { try $0.job.untilBuried == 1 && $0.bench.queue.limitGroups.held == [:] }),
      Row(
        from: "running", to: "buried", trigger: "failed for the last time",
        act: {
          $0.bench.finished($0.order!, .release(.exit), exitCode: 1)
          $0.bench.advance(.seconds(60))
          $0.bench.connect()
          let order = try #require($0.bench.place().first)
          $0.bench.started(order)
          $0.bench.finished(order, .release(.exit), exitCode: 1)
        },
        check: { try $0.job.untilBuried == 0 && $0.job.attempts == 2 }),
      Row(
        from: "running", to: "buried", trigger: "the verdict is to bury",
        act: { $0.bench.finished($0.order!, .bury(.commandNotFound), exitCode: 127) },
        check: { try $0.job.untilBuried == 0 && $0.bench.queue.limitGroups.held == [:] }),
      Row(
        from: "lost", to: "running", trigger: "a word from the host",
        act: {
          let isCurrent = $0.bench.queue.touch($0.order!.attempt)
          #expect(isCurrent)
          $0.bench.commit()
        },
        check: {
          try $0.job.run.endedAt == nil && $0.job.run.walltime == nil
            && $0.job.run.failReason == .lost
        }),
      Row(
        from: "lost", to: "delayed", trigger: "confirmed with tries left",
        act: { $0.confirmLost() },
        check: {
          let run = try $0.job.run
          return run.exited && run.exitCode == -1 && run.endedAt == nil
            && run.walltime == .seconds(60) && $0.bench.queue.limitGroups.held == [:]
        }),
      Row(
        from: "lost", to: "buried", trigger: "confirmed after the last try",
        act: {
          $0.confirmLost()
          $0.bench.advance(.seconds(60))
          $0.bench.connect()
          $0.bench.started(try #require($0.bench.place().first))
          $0.bench.advance(.seconds(60))
          $0.confirmLost()
        },
        check: { try $0.job.run.failReason == .lost && $0.job.attempts == 2 }),
      Row(
        from: "running", to: "buried", trigger: "lost after a kill was asked for",
        act: {
          _ = $0.bench.queue.kill($0.id)
          $0.bench.advance(.seconds(60))
        },
        check: { try $0.job.run.failReason == .killed && $0.bench.queue.limitGroups.held == [:] }),
      // It may have started without our hearing of it.
      Row(
        from: "reserved", to: "buried", trigger: "lost after a kill was asked for",
        act: {
          _ = $0.bench.queue.kill($0.id)
          $0.bench.advance(.seconds(60))
        },
        check: { try $0.job.run.failReason == .killed && $0.job.attempts == 1 }),
      Row(
        from: "lost", to: "none", trigger: "its end comes late",
        act: { $0.bench.finished($0.order!) }),
      Row(
        from: "delayed", to: "ready", trigger: "the delay is over",
        act: { $0.bench.advance(.seconds(60)) }),
      Row(
        from: "buried", to: "ready", trigger: "kicked",
        act: {
          _ = $0.bench.queue.kick($0.id, now: $0.bench.now)
          $0.bench.commit()
        },
        check: {
          try $0.job.untilBuried == 2 && $0.job.attempts == 1 && $0.job.run.failReason == .exit
        }),
      Row(
        from: "buried", to: "dependent", trigger: "kicked behind an incomplete job",
        act: {
          try $0.addParent()
          _ = $0.bench.queue.kick($0.id, now: $0.bench.now)
          $0.bench.commit()
        }),
      Row(
        from: "dependent", to: "suspended", trigger: "suspended",
        act: {
          _ = $0.bench.queue.suspend($0.id)
          $0.bench.commit()
          $0.bench.advance(.seconds(3600))
          _ = $0.bench.place()
        }),
      Row(
        from: "ready", to: "suspended", trigger: "suspended",
        act: {
          _ = $0.bench.queue.suspend($0.id)
          $0.bench.commit()
          $0.bench.advance(.seconds(3600))
          _ = $0.bench.place()
        }),
      Row(
        from: "delayed", to: "suspended", trigger: "suspended",
        act: {
          _ = $0.bench.queue.suspend($0.id)
          $0.bench.commit()
          $0.bench.advance(.seconds(3600))
          _ = $0.bench.place()
        }),
      Row(
        from: "suspended", to: "ready", trigger: "resumed",
        act: {
          _ = $0.bench.queue.resume($0.id, now: $0.bench.now)
          $0.bench.commit()
        }),
      Row(
        from: "suspended", to: "dependent", trigger: "resumed behind an incomplete job",
        act: {
          try $0.addParent()
          _ = $0.bench.queue.resume($0.id, now: $0.bench.now)
          $0.bench.commit()
        }),
      Row(from: "complete", to: "none", trigger: "added again", act: { try $0.addJob() }),
      Row(
        from: "complete", to: "ready", trigger: "added again with rerun",
        act: { try $0.addJob(rerun: true) }),
      Row(
        from: "complete", to: "dependent", trigger: "a job joins what it depends on",
        act: { try $0.addParent() }),
    ]
    + [
      ("ready", "dependent"), ("delayed", "dependent"), ("reserved", "reserved"),
      ("running", "running"), ("lost", "lost"), ("buried", "buried"),
    ].map { from, to in
      Row(
        from: from, to: to, trigger: "a job joins what it depends on", act: { try $0.addParent() })
    }
    + [
      ("dependent", "none"), ("ready", "none"), ("delayed", "none"), ("buried", "none"),
      ("reserved", "reserved"), ("running", "running"), ("lost", "lost"),
    ].map { from, to in Row(from: from, to: to, trigger: "deleted", act: { $0.delete() }) }
    + ["ready", "delayed", "dependent", "buried", "lost"].map { state in
      Row(
        from: state, to: state, trigger: "killed",
        act: {
          let isKilled = $0.bench.queue.kill($0.id)
          #expect(!isKilled)
          $0.bench.commit()
        })
    }

  @Test(arguments: rows)
  func theTableHolds(row: Row) throws {
    var scene = try Scene(row.from)
    let isHistory = row.from == "complete"
    #expect(scene.state == (isHistory ? "none" : row.from))
    try row.act(&scene)
    #expect(scene.state == row.to)
    #expect(try row.check(scene))
    #expect(scene.bench.queue.brokenInvariants() == [])
  }

  @Test(arguments: ["dependent", "ready", "reserved", "running", "lost", "delayed", "buried"])
  func everyStateSurvivesARestart(state: String) throws {
    let before = try Scene(state).bench
    let after = before.restarted()
    #expect(after.state(1) == state)
    #expect(after.job(1) == before.job(1))
    #expect(after.queue.limitGroups.held == before.queue.limitGroups.held)
    #expect(after.queue.machine == before.queue.machine)
    #expect(after.queue.brokenInvariants() == [])
  }

  /// behaviour.md §1.2: what each reservation resets, and what stays of the last run.
  @Test func aReservationResetsWhatTheNextRunMeasures() throws {
    var scene = try Scene("running")
    scene.bench.finished(scene.order!, .release(.memory), exitCode: 7, peakMemory: 300)
    scene.bench.advance(.seconds(60))
    scene.bench.connect()
    scene.bench.place()
    let run = try scene.job.run
    #expect(!run.exited && run.exitCode == -1 && run.pid == 0 && run.host == "")
    #expect(run.startedAt == nil && run.endedAt == nil && run.walltime == nil)
    #expect(run.peakMemory == 0 && run.peakDisk == 0)
    #expect(run.failReason == .memory && run.hostIP == "127.0.0.1")
    #expect(try scene.job.attempts == 1)
  }

  @Test func aSuccessForgetsWhyItFailedBefore() throws {
    var scene = try Scene("delayed")
    scene.bench.advance(.seconds(60))
    scene.bench.connect()
    scene.bench.finished(try #require(scene.bench.place().first))
    #expect(scene.bench.history[QueueBench.key(1)]?.run.failReason == nil)
  }

  @Test func whatCannotBeStartedIsTriedForEver() throws {
    var scene = try Scene("ready")
    for _ in 0..<10 {
      let order = try #require(scene.bench.place().first)
      scene.bench.finished(order, .release(.start), exitCode: -1, neverStarted: true)
      #expect(scene.state == "delayed")
      #expect(try scene.job.untilBuried == 2)
      scene.bench.advance(.seconds(60))
      scene.bench.connect()
    }
  }
}
