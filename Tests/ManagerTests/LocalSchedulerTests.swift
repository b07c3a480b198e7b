import Glibc
import Jobs
import Platform
import Testing

@testable import Manager

/// What becomes of a runner host, and its jobs, that an earlier manager has left.
@Suite(.timeLimit(.minutes(1))) struct LocalSchedulerTests {
  private let bench = StoreBench()

  /// Runs a scheduler whose own hosts end at once, and a test beside it. The store remembers that
  /// a process is the host, which runs one job.
  private func withScheduler(
    remembering pid: pid_t, startedLater ticks: UInt64 = 0, bootID: String,
    _ body: @escaping @Sendable (QueueActor) async throws -> Void
  ) throws {
    let reactor = try Reactor()
    let log = try Log(appendingTo: bench.directory.file("log"))
    try reactor.runUntilDone {
      let store = bench.store(backup: false)
      var recovered = try await store.open()
      let host = StoredHost(
        incarnation: Incarnation("a"), pid: Int(pid),
        startTicks: (startTicks(of: pid) ?? 0) + ticks,
        bootID: bootID)
      recovered.localHost = host
      let attempt = Attempt(
        id: AttemptID(1), incarnation: host.incarnation, directorySuffix: "1")
      recovered.jobs = [StoreBench.job(1, state: .running(attempt))]
      try await store.put(StoreBench.puts(recovered.jobs))
      let queue = QueueActor(
        reactor: reactor, store: store, history: HistoryReader(path: bench.path),
        machine: Machine(cores: 1, memory: 1024), recovered: recovered, seed: 1, log: log)
      let plan = SpawnPlan(path: "/bin/true", arguments: ["true"], environment: [])
      let scheduler = LocalScheduler(
        plan: plan, output: 2, queue: queue, log: log, reactor: reactor)
      async let queueing: Void = queue.run()
      async let scheduling: Void = scheduler.run()
      let result: Result<Void, any Error>
      do { result = .success(try await body(queue)) } catch { result = .failure(error) }
      await scheduler.stop(until: .now + .seconds(10))
      await queue.stop()
      await queueing
      await scheduling
      _ = await store.close()
      try result.get()
    }
  }

  private func state(_ queue: QueueActor) async throws -> String {
    var listed = try await queue.select(JobSelection())
    return try await queue.render(listed.next(1), std: false, env: false).first?.job.state.name
      ?? ""
  }

  /// Waits until the job is in a state; the suite's time limit ends a wait in vain.
  private func wait(for name: String, _ queue: QueueActor) async throws {
    while try await state(queue) != name {
      _ = await queue.reactor.sleep(until: .now + .milliseconds(5))
    }
  }

  @Test func afterARebootNothingIsStillRunning() throws {
    // A process of the number and the start time is there, but it cannot be the host.
    try withScheduler(remembering: getpid(), bootID: "of the boot before") { queue in
      try await wait(for: "lost", queue)
    }
  }

  @Test func aHostThatIsStillThereIsLeftAloneUntilItEnds() throws {
    let plan = SpawnPlan(path: "/bin/sleep", arguments: ["sleep", "600"], environment: [])
    let process = try spawn(plan, standard: (0, 1, 2))
    let pid = process.pid
    defer {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    try withScheduler(remembering: pid, bootID: try bootID()) { queue in
      #expect(try await state(queue) == "running")
      // What the reactor does next comes before: the scheduler has looked at the process by then.
      for _ in 0..<10 { await queue.reactor.yield() }
      #expect(try await state(queue) == "running")
      kill(pid, SIGKILL)
      try await wait(for: "lost", queue)
    }
  }

  @Test func aHostWhoseNumberIsAnothersNowIsGone() throws {
    try withScheduler(remembering: getpid(), startedLater: 1, bootID: try bootID()) { queue in
      try await wait(for: "lost", queue)
    }
  }
}
