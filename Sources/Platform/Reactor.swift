/// What a descriptor is waited upon for.
public enum Interest: Sendable { case reading, writing }

/// Why a wait ended.
public enum WaitResult: Sendable, Hashable {
  /// The descriptor is ready, or the wakeup was signalled.
  case ready
  /// The deadline has passed.
  case timeout
  /// The descriptor was shut down for waiters, or the reactor stops.
  case closed
}

/// One thread, one epoll: the executor of actors and of the tasks that prefer it.
public final class Reactor: SerialExecutor, TaskExecutor, @unchecked Sendable {
  public init() throws(SystemError) {}
  /// Runs the loop on the calling thread until `stop()`.
  public func run() {}
  /// Runs the loop on a thread of its own until `stop()`.
  public func start() {}
  /// Ends the loop, from any thread. Every waiter is resumed with `.closed` first.
  public func stop() {}
  public func enqueue(_ job: consuming ExecutorJob) {}
  /// Whether the calling thread is the loop's.
  public var isCurrent: Bool { false }
  /// Makes a non-blocking descriptor known. Only on the reactor.
  public func register(_ descriptor: Int32) throws(SystemError) {}
  /// Forgets a descriptor, before it is closed; its waiters get `.closed`. Only on the reactor.
  public func unregister(_ descriptor: Int32) {}
  /// Resumes whoever waits for the descriptor, now and later, with `.closed`. Only on the reactor.
  public func shutDown(_ descriptor: Int32) {}
  /// Waits until `descriptor` may be read or written. One waiter per interest. Only on the reactor.
  public func wait(for interest: Interest, on descriptor: Int32, until deadline: Instant?) async
    -> WaitResult
  { .closed }
  /// Waits until the deadline; `.closed` when the reactor stops. Only on the reactor.
  public func sleep(until deadline: Instant) async -> WaitResult { .closed }
}

/// A flag that one waiter on a reactor waits for and others on the same reactor raise. Signals
/// are remembered, and many before the wait count as one.
public final class Wakeup {
  public init(on reactor: Reactor) {}
  /// Only on the reactor.
  public func signal() {}
  /// Waits for a signal or the deadline. Only on the reactor.
  public func wait(until deadline: Instant?) async -> WaitResult { .closed }
}
