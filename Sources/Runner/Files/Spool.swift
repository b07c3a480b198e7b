import Jobs
import Platform

/// Has results kept on disk, all that come while some are being written together: what one sync
/// costs is shared.
actor Spool {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let files: HostFiles
  /// How many orders wait for their start: while there are some, what ends need not be told at once,
  /// and more may gather.
  private var ordersWaiting = 0
  private var isWriting = false
  private var waiting: [Waiting] = []

  private struct Waiting {
    let end: RunEnd
    let closing: JournalSlot?
    let turn: CheckedContinuation<Turn, Never>
  }

  /// What somebody who waits is told.
  private enum Turn {
    /// Write yours and those of all others that wait.
    case write
    case written(RunnerError?)
  }

  /// Told of each result that comes, and of orders that were started, while results gather.
  private let gathered: Wakeup

  /// How long results gather at most, while orders wait.
  static let gathering = Duration.milliseconds(50)

  init(_ files: HostFiles, reactor: Reactor) {
    self.files = files
    self.reactor = reactor
    gathered = Wakeup(on: reactor)
  }

  func note(ordersWaiting count: Int) {
    ordersWaiting = count
    if isWriting { gathered.signal() }
  }

  /// Keeps a result until it is dropped; returns when it is on disk.
  /// - Parameter closing: the attempt's entry in the journal, to be closed then, if nothing else of
  ///   the attempt is left; it is not if this throws.
  /// - Throws: `RunnerError` if it could not be written.
  func keep(_ end: RunEnd, closing: JournalSlot? = nil) async throws(RunnerError) {
    if isWriting {
      switch await withCheckedContinuation({
        waiting.append(Waiting(end: end, closing: closing, turn: $0))
        gathered.signal()
      }) {
      case .write: break
      case .written(let error?): throw error
      case .written(nil): return
      }
    }
    isWriting = true
    await gather()
    let others = waiting
    waiting = []
    let error = await files.keep(
      [end] + others.map(\.end), closing: ([closing] + others.map(\.closing)).compactMap { $0 })
    for other in others { other.turn.resume(returning: .written(error)) }
    isWriting = !waiting.isEmpty
    if isWriting { waiting.removeFirst().turn.resume(returning: .write) }
    if let error { throw error }
  }

  /// Waits until as many have ended as wait for their start, so that the manager has the time to send
  /// more before all have begun; but not for long.
  private func gather() async {
    let deadline = Instant.now + Self.gathering
    while waiting.count + 1 < ordersWaiting,
      await gathered.wait(until: deadline) == .ready
    {}
  }
}
