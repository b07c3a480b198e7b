import Jobs
import Platform

/// Has results kept on disk, all that come while some are being written together: what one sync
/// costs is shared.
actor Spool {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let files: HostFiles
  /// Others wait for their start: then what ends need not be told at once, and more may gather.
  private var isPressed = false
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

  private static let gathering = Duration.milliseconds(10)

  init(_ files: HostFiles, reactor: Reactor) {
    self.files = files
    self.reactor = reactor
  }

  func press(_ isPressed: Bool) { self.isPressed = isPressed }

  /// Keeps a result until it is dropped; returns when it is on disk.
  /// - Parameter closing: the attempt's entry in the journal, to be closed then, if nothing else of
  ///   the attempt is left; it is not if this throws.
  /// - Throws: `RunnerError` if it could not be written.
  func keep(_ end: RunEnd, closing: JournalSlot? = nil) async throws(RunnerError) {
    if isWriting {
      switch await withCheckedContinuation({
        waiting.append(Waiting(end: end, closing: closing, turn: $0))
      }) {
      case .write: break
      case .written(let error?): throw error
      case .written(nil): return
      }
    }
    isWriting = true
    if isPressed { _ = await reactor.sleep(until: .now + Self.gathering) }
    let others = waiting
    waiting = []
    let error = await files.keep(
      [end] + others.map(\.end), closing: ([closing] + others.map(\.closing)).compactMap { $0 })
    for other in others { other.turn.resume(returning: .written(error)) }
    isWriting = !waiting.isEmpty
    if isWriting { waiting.removeFirst().turn.resume(returning: .write) }
    if let error { throw error }
  }
}
