import Jobs
import Platform

/// Keeps one runner host alive on this machine, as a process and session of its own.
///
/// A host that an earlier manager started is adopted: jobs outlive the manager. A new one is
/// started only when the old one is provably gone.
public actor LocalScheduler {
  public nonisolated let reactor: Reactor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  private let plan: SpawnPlan
  private let queue: QueueActor
  private let log: Log
  private var isStopping = false
  private let stopping: Wakeup
  /// The descriptor of the host process that is waited upon.
  private var watched: Int32?

  /// How long to wait before a host that ended soon after its start is started again.
  private static let restartDelays: [Duration] = [
    .zero, .milliseconds(100), .seconds(1), .seconds(5), .seconds(30),
  ]

  /// - Parameter plan: how a host is started.
  public init(plan: SpawnPlan, queue: QueueActor, log: Log, reactor: Reactor) {
    self.plan = plan
    self.queue = queue
    self.log = log
    self.reactor = reactor
    stopping = Wakeup(on: reactor)
  }

  /// Keeps a host alive until `stop()`; returns when the last one has ended, or at once if it is
  /// to be left running.
  public func run(adopting stored: StoredHost?) async {
    var failures = 0
    if let stored { await adopt(stored) }
    while !isStopping {
      let delay = Self.restartDelays[min(failures, Self.restartDelays.count - 1)]
      if delay > .zero { _ = await stopping.wait(until: .now + delay) }
      if isStopping { return }
      let startedAt = Instant.now
      do {
        let process = try await HostStarter.shared.start(plan)
        await watch(process.pid, process.pidDescriptor.release())
      } catch {
        log.error("the runner host cannot be started: \(error)")
        await queue.warn("The runner host cannot be started: \(error)")
      }
      failures = Instant.now - startedAt > .seconds(60) ? 0 : failures + 1
    }
  }
}
