import Glibc
import Jobs
import Platform

/// Keeps one runner host alive on this machine, as a process and session of its own.
///
/// A host that an earlier manager started is adopted: jobs outlive the manager. Another is started
/// only when that one is provably gone.
public actor LocalScheduler {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  private let plan: SpawnPlan
  private let output: Int32
  private let queue: QueueActor
  private let log: Log
  private let starter = ProcessStarter()
  private let stopping: Wakeup
  private var isStopping = false
  /// Raised when `run` has ended.
  private let ended: Wakeup
  private var hasEnded = false
  /// No host is waited for any more.
  private var hasGivenUp = false
  /// The host is to outlive this manager.
  private var leavesHost = false
  /// The last host that was adopted, or that we started and saw end.
  private var settled: StoredHost?
  /// The handle of the host process that is waited upon.
  private var watched: Int32?

  /// How long to wait before a host that ended soon after its start is started again.
  private static let restartDelays: [Duration] = [
    .zero, .milliseconds(200), .seconds(1), .seconds(5), .seconds(30),
  ]

  /// - Parameters:
  ///   - plan: how a host is started.
  ///   - output: the descriptor that its standard output and error become: the log.
  public init(plan: SpawnPlan, output: Int32, queue: QueueActor, log: Log, reactor: Reactor) {
    self.plan = plan
    self.output = output
    self.queue = queue
    self.log = log
    self.reactor = reactor
    stopping = Wakeup(on: reactor)
    ended = Wakeup(on: reactor)
  }

  /// Keeps a host alive until `stop()`; to be called once.
  public func run() async {
    defer {
      hasEnded = true
      ended.signal()
    }
    var failures = 0
    while !isStopping {
      let delay = Self.restartDelays[min(failures, Self.restartDelays.count - 1)]
      if delay > .zero { _ = await stopping.wait(until: .now + delay) }
      if isStopping { return }
      // One that the store remembers, or that has connected without our having started it: its
      // lock would keep another from starting.
      if let known = await queue.localHost, known != settled {
        settled = known
        await adopt(known)
        failures = 0
        continue
      }
      let startedAt = Instant.now
      do {
        let (pid, handle) = try await starter.start(plan, output: output)
        // It has connected to nobody who could have told it to end.
        if isStopping, !leavesHost { kill(pid_t(pid), SIGTERM) }
        // It is there to be read until it is reaped.
        let ticks = startTicks(of: pid_t(pid)) ?? 0
        await watch(pid_t(pid), ticks, Descriptor(owning: handle), isChild: true)
      } catch {
        log.error("the runner host cannot be started: \(error)")
        await queue.warn("The runner host cannot be started: \(error)")
      }
      failures = Instant.now - startedAt > .seconds(60) ? 0 : failures + 1
    }
  }

  /// Waits at most until the deadline for the host to have ended, which is told so by the queue
  /// as soon as it is connected; also for one that is just being started, or not connected again.
  public func stop(until deadline: Instant) async {
    isStopping = true
    stopping.signal()
    while !hasEnded, Instant.now < deadline {
      if await ended.wait(until: deadline) == .closed { break }
    }
    hasGivenUp = true
    if let watched { reactor.shutDown(watched) }
  }

  /// Ends `run` and leaves the host, with all that it runs, to the next manager.
  public func leave() {
    leavesHost = true
    hasGivenUp = true
    isStopping = true
    stopping.signal()
    if let watched { reactor.shutDown(watched) }
  }

  /// A host that we did not start is waited upon if it is still there; else its jobs are lost.
  private func adopt(_ stored: StoredHost) async {
    let pid = pid_t(stored.pid)
    // Opened first: a handle cannot come to mean another process, a number can.
    if (try? bootID()) == stored.bootID, let handle = try? openProcess(pid),
      startTicks(of: pid) == stored.startTicks
    {
      log.info("the runner host (pid \(pid)) of an earlier manager is still there")
      await watch(pid, stored.startTicks, handle, isChild: false)
    } else {
      await queue.hostIsGone(pid: stored.pid, startTicks: stored.startTicks)
    }
  }

  /// Returns when the process has ended, or at `stop()`.
  private func watch(
    _ pid: pid_t, _ ticks: UInt64, _ handle: consuming Descriptor, isChild: Bool
  ) async {
    let number = handle.number
    guard !hasGivenUp, (try? reactor.register(number)) != nil else { return }
    watched = number
    let result = await reactor.wait(for: .reading, on: number, until: nil)
    watched = nil
    reactor.unregister(number)
    guard result == .ready else { return }
    if isChild, let end = try? reap(pid) {
      let how = end.signal.map { "signal \($0)" } ?? "exit code \(end.exitCode ?? 0)"
      log.info("the runner host (pid \(pid)) has ended: \(how)")
    }
    if let known = await queue.localHost, known.pid == Int(pid), known.startTicks == ticks {
      settled = known
    }
    await queue.hostIsGone(pid: Int(pid), startTicks: ticks)
  }
}

/// Starts processes on a thread of its own: a spawn may block as long as the file system does.
actor ProcessStarter {
  nonisolated let executor = SerialQueueExecutor(label: "spawn")
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Starts a process with /dev/null as its input.
  ///
  /// - Returns: its number, and a handle that the caller owns.
  func start(_ plan: SpawnPlan, output: Int32) throws(SystemError) -> (pid: Int, handle: Int32) {
    let null = try openFile("/dev/null", O_RDWR)
    let process = try spawn(plan, standard: (null.number, output, output))
    let (pid, handle) = process.take()
    return (Int(pid), handle)
  }
}
