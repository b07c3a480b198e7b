import CLinux
import Dispatch

/// An executor for actors whose calls block (SQLite, file trees): a queue of its own, so that
/// neither the reactor nor the cooperative pool waits with it.
public final class SerialQueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  public init(label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    queue.async {
      unowned.runSynchronously(on: self.asUnownedSerialExecutor())
      clinux_set_thread_defers_wake(0)
    }
  }

  /// Runs a call that nobody waits for after those that came before it. It may begin at once, where a
  /// task would first wait for its turn on the executor of the actor that makes it.
  public func run(_ call: @escaping @Sendable () -> Void) { queue.async(execute: call) }

  public func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

  /// Has what the call under way tells a sleeping reactor, as that it returns, wait until that wakes by
  /// itself or by another thread: for whoever knows that another call comes after it on its queue,
  /// which does not do so. Waking it for each of many short calls costs more than some of them.
  public static func deferWake() { clinux_set_thread_defers_wake(1) }
}
