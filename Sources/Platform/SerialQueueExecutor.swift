import Dispatch

/// An executor for actors whose calls block (SQLite, file trees): a queue of its own, so that
/// neither the reactor nor the cooperative pool waits with it.
public final class SerialQueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  public init(label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    queue.async { unowned.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
