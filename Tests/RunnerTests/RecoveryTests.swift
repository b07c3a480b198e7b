import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// What a runner host does about the attempts of one that was killed.
@Suite(.timeLimit(.minutes(1)))
struct RecoveryTests {
  private let identity: LinkIdentity
  private let state: StateDirectory
  private let incarnation = Incarnation(String(UInt64.random(in: 0 ... .max), radix: 16))

  init() throws {
    identity = try LinkIdentity()
    state = StateDirectory(identity.configuration.stateDirectory)
    try state.make()
  }

  private var journal: JournalSlot { state.journalSlot(0) }

  private func file(_ name: String) -> String { identity.directory.file(name) }

  /// Does what a host does until its death: notes the attempt, and starts its command.
  private func begin(_ order: RunOrder, bootID: String) async throws -> Int32 {
    let workbench = Workbench(
      order, incarnation: incarnation, bootID: bootID, journal: journal,
      configuration: identity.configuration)
    try await workbench.prepare()
    let pid = try await workbench.launch()?.start.pid
    return pid_t(try #require(pid))
  }

  /// Runs a host that finds no manager, so it clears up and ends.
  private func runHost() async throws {
    let reactor = try Reactor()
    reactor.start()
    defer { reactor.stop() }
    let host = RunnerHost(
      configuration: identity.configuration, reactor: reactor,
      log: try Log(appendingTo: file("log")))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: reactor) { try await host.run() }
      try await group.waitForAll()
    }
  }

  @Test func whatStillRunsIsEndedWhereverItIsAndBehavioursRunOnce() async throws {
    let behaviours = [
      Behaviour(on: .exit, .run("echo exit >> \(file("behaved"))")),
      Behaviour(on: .failure, .run("echo failure >> \(file("behaved"))")),
      Behaviour(on: .success, .run("echo success >> \(file("behaved"))")),
      Behaviour(on: .exit, .cleanup),
    ]
    let order = order(
      5,
      "setsid sleep 300 & echo $! >> \(file("pids")); "
        + "(setsid sleep 300 > /dev/null & echo $! >> \(file("pids"))); "
        + "touch \(file("ready")); sleep 300; true", in: identity, behaviours: behaviours)
    let root = try await begin(order, bootID: try bootID())
    let isReady = try await eventually { exists(file("ready")) }
    try #require(isReady)
    let pids = (contents(of: file("pids")) ?? "").split(separator: "\n").compactMap { Int32($0) }
    #expect(pids.count == 2 && pids.allSatisfy { isAlive($0) })

    try await runHost()
    #expect(!isAlive(root))
    for pid in pids { #expect(!isAlive(pid)) }
    #expect(contents(of: file("behaved")) == "failure\nexit\n")
    #expect(names(in: file("jobs")) == [])
    #expect(names(in: file("runner/journal")) == [])
    #expect(names(in: file("runner/spool")) == [], "the manager makes it lost")
    try await runHost()
    #expect(contents(of: file("behaved")) == "failure\nexit\n")
    for pid in [root] + pids { _ = try? reap(pid) }
  }

  @Test func behavioursThatWereBegunAreNotBegunAgain() async throws {
    let order = order(
      6, "true", in: identity,
      behaviours: [Behaviour(on: .exit, .run("touch \(file("behaved"))"))])
    let pid = try await begin(order, bootID: try bootID())
    try journal.noteBehaving()
    try await runHost()
    #expect(!exists(file("behaved")))
    #expect(names(in: file("runner/journal")) == [])
    _ = try? reap(pid)
  }

  @Test func aBehaviourThatStillRunsIsEnded() async throws {
    let order = order(6, "true", in: identity)
    let pid = try await begin(order, bootID: try bootID())
    let entry = JournalEntry(order: order, incarnation: incarnation, bootID: try bootID())
    let workbench = Workbench(
      recovering: entry, journal: journal, configuration: identity.configuration)
    try await workbench.noteBehaving()
    let behaviour = try await workbench.launch(behaviour: "exec sleep 300").process.pid
    #expect(isAlive(behaviour))
    try await runHost()
    #expect(!isAlive(behaviour))
    for child in [pid, behaviour] { _ = try? reap(child) }
  }

  @Test func anAttemptThatNeverStartedLeavesNothing() async throws {
    let order = order(7, "true", in: identity)
    // With its owner goes the lock on the entry, as with a host that dies.
    do {
      let workbench = Workbench(
        order, incarnation: incarnation, bootID: "b", journal: journal,
        configuration: identity.configuration)
      try await workbench.prepare()
    }
    #expect(names(in: file("jobs")) == ["wr_cwd"])
    try await runHost()
    #expect(names(in: file("jobs")) == [])
    #expect(names(in: file("runner/journal")) == [])
  }

  @Test func directoriesThatWereOnlyHalfMadeGo() async throws {
    let order = order(7, "true", in: identity)
    _ = try journal.begin(JournalEntry(order: order, incarnation: incarnation, bootID: "b"))
    let paths = try #require(order.workspace)
    try makeDirectories(paths.cwd)
    try await runHost()
    #expect(names(in: file("jobs")) == [])
    #expect(names(in: file("runner/journal")) == [])
  }

  @Test func processesOfAnotherBootAreNotTouched() async throws {
    let order = order(8, "exec sleep 300", in: identity)
    let pid = try await begin(order, bootID: "another boot")
    try await runHost()
    #expect(isAlive(pid))
    kill(pid, SIGKILL)
    let isDone = try await eventually { try reap(pid) != nil }
    #expect(isDone)
  }

  @Test func theSuccessBehavioursOfAKeptSuccessRun() async throws {
    let order = order(
      9, "true", in: identity,
      behaviours: [
        Behaviour(on: .success, .run("touch \(file("success"))")),
        Behaviour(on: .failure, .run("touch \(file("failure"))")),
      ])
    let pid = try await begin(order, bootID: try bootID())
    let end = RunEnd(
      attempt: order.attempt, verdict: .complete, exited: true, exitCode: 0,
      endedAt: Timestamp(seconds: 1))
    try state.keep([end], in: 3)
    var configuration = identity.configuration
    configuration.resultLimit = .milliseconds(300)
    let reactor = try Reactor()
    reactor.start()
    defer { reactor.stop() }
    let host = RunnerHost(
      configuration: configuration, reactor: reactor, log: try Log(appendingTo: file("log")))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: reactor) { try await host.run() }
      try await group.waitForAll()
    }
    #expect(exists(file("success")) && !exists(file("failure")))
    #expect(try state.kept().map { try $0.content.get() } == [[end]])
    _ = try? reap(pid)
  }

  @Test func filesThatCannotBeReadAreNamedAndLeft() async throws {
    for name in ["journal/1", "spool/2"] {
      try writeFileAtomically("\(state.path)/\(name)", Array("nonsense".utf8), mode: 0o600)
    }
    try await runHost()
    let log = try #require(contents(of: file("log")))
    #expect(log.contains("journal/1:") && log.contains("spool/2:"))
    #expect(names(in: file("runner/spool")) == ["2"])
  }

  @Test func aProcessThatIsJustBeingStartedIsWaitedFor() async throws {
    let order = order(4, "true", in: identity)
    let stuck = try journal.begin(
      JournalEntry(order: order, incarnation: incarnation, bootID: "b"))
    #expect(throws: RunnerError.self) { try state.entries(until: .now)[0].content.get() }
    async let entries = state.entries(until: .now + .seconds(50))
    let mark = journal.processMark(in: stuck)
    pwrite(mark.descriptor, "process 12 345\n", 15, off_t(mark.offset))
    _ = consume stuck
    #expect(
      try await entries[0].content.get().process == NotedProcess(pid: 12, ticks: 345))
  }

  private func entries() throws -> [JournalEntry] {
    try state.entries(until: .now).map { try $0.content.get() }
  }

  @Test func aJournalIsReadAsItWasWritten() throws {
    let order = order(
      3, "echo 'a\nb'", in: identity, behaviours: [Behaviour(on: .exit, .cleanup)])
    var entry = JournalEntry(order: order, incarnation: incarnation, bootID: "boot-1")
    let open = try journal.begin(entry)
    flock(open.number, LOCK_UN)
    #expect(try entries() == [entry])
    let directory = FileIdentity(device: 1, inode: .max)
    try journal.note(directory: directory, in: open)
    entry.directory = directory
    // A line that a crash cut off never was.
    let mark = journal.processMark(in: open)
    pwrite(mark.descriptor, "process 1", 9, off_t(mark.offset))
    #expect(try entries() == [entry])
    pwrite(mark.descriptor, "process 12 345\n", 15, off_t(mark.offset))
    entry.process = NotedProcess(pid: 12, ticks: 345)
    #expect(try entries() == [entry])
    journal.unlock(open)
    try journal.noteBehaving()
    entry.isBehaving = true
    #expect(try entries() == [entry])
    journal.close()
    #expect(try entries() == [])
  }

  @Test func aSlotThatIsUsedAgainHasNothingOfWhatItHeld() throws {
    let journal = journal
    let long = order(1, String(repeating: "x", count: 9000), in: identity)
    let open = try journal.begin(JournalEntry(order: long, incarnation: incarnation, bootID: "b"))
    try journal.note(directory: FileIdentity(device: 1, inode: 2), in: open)
    journal.unlock(open)
    try journal.noteBehaving()
    journal.close()
    let entry = JournalEntry(
      order: order(2, "true", in: identity), incarnation: incarnation, bootID: "b")
    journal.unlock(try journal.begin(entry))
    #expect(try entries() == [entry])
  }

  @Test func aSlotWhoseFileWasRemovedIsMadeAnew() throws {
    let journal = journal
    let entry = JournalEntry(
      order: order(1, "true", in: identity), incarnation: incarnation, bootID: "b")
    journal.unlock(try journal.begin(entry))
    journal.close()
    try state.removeFreeSlots()
    #expect(try entries() == [])
    journal.unlock(try journal.begin(entry))
    #expect(try entries() == [entry], "a successor finds it by its name")
  }

  @Test func slotsAreUsedAgain() throws {
    var slots = JournalSlots(state, used: [1])
    let (first, second) = (slots.take(), slots.take())
    #expect([first.number, second.number] == [0, 2])
    slots.giveBack(first)
    #expect(slots.take().number == 0)
    slots.giveBack(state.journalSlot(1))
    #expect(slots.take().number == 1, "a predecessor's")
  }
}
