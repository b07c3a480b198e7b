/// A flag that one waiter on a reactor waits for and others on the same reactor raise. Signals
/// are remembered, and many before the wait count as one.
public final class Wakeup {
  private let reactor: Reactor
  private var isSignalled = false
  private var waiter: WaiterID?

  public init(on reactor: Reactor) { self.reactor = reactor }

  /// Only on the reactor.
  public func signal() {
    reactor.preconditionCurrent()
    if !reactor.resume(waiter, with: .ready) { isSignalled = true }
  }

  /// Waits for a signal or the deadline. Only on the reactor.
  /// - Returns: `.closed` when the reactor stops.
  public func wait(until deadline: Instant?) async -> WaitResult {
    reactor.preconditionCurrent()
    if let result = takeResult() { return result }
    precondition(!reactor.isWaiting(waiter), "two waiters on a wakeup")
    return await withUnsafeContinuation { continuation in
      // Looked at again: a task without preference for the reactor may have been put at the end of
      // its queue on the way here.
      if let result = takeResult() {
        continuation.resume(returning: result)
      } else {
        waiter = reactor.waiters.insert(continuation, deadline: deadline)
      }
    }
  }

  /// What ends a wait at once; nil if it must wait.
  private func takeResult() -> WaitResult? {
    if reactor.isStopping { return .closed }
    guard isSignalled else { return nil }
    isSignalled = false
    return .ready
  }
}
