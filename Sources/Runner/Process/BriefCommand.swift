import Glibc
import Platform
import Synchronization

/// A command that was over in its first moments, as the thread saw it that had started it: most
/// short ones never need the reactor to watch over three descriptors of theirs.
final class BriefCommand: Sendable {
  let endedAt: Instant
  let output: CommandOutput

  /// How long the end is waited for: an order to end the command is obeyed that much later, and a
  /// command that fills a pipe waits that long for somebody to read.
  static let firstMoments = Duration.milliseconds(10)

  /// How many threads wait for an end. A crowd of them would take more memory than it saves time.
  private static let waiting = Atomic<Int>(0)
  static let mostWaiting = 2 * MachineFacts.processorCount

  /// Waits for a command that was just started to end, and reads what it wrote. Blocks.
  ///
  /// It is nil, and nothing was read, if the command runs on, if others hold its pipes, if
  /// `isInDoubt`, which is asked at its end, or if too many wait already. It is not reaped.
  init?(
    _ command: borrowing LaunchedCommand, within limit: Duration = firstMoments,
    unless isInDoubt: () -> Bool = { false }, atMost most: Int = mostWaiting
  ) {
    let count = Self.waiting.wrappingAdd(1, ordering: .relaxed).newValue
    defer { Self.waiting.wrappingSubtract(1, ordering: .relaxed) }
    guard count <= most else { return nil }
    let deadline = Instant.now + limit
    guard Self.isReady([command.process.handle.number], for: POLLIN, until: deadline)
    else { return nil }
    endedAt = .now
    let pipes = [command.stdout.number, command.stderr.number]
    // A process that is just being started, for another attempt, holds all of ours for a moment.
    guard
      Self.isReady(pipes, for: POLLHUP, until: .now)
        || pipes.allSatisfy({ Self.isReady([$0], for: POLLHUP, until: deadline) }),
      !isInDoubt()
    else { return nil }
    var output = CommandOutput()
    Self.read(pipes[0], into: &output[.stdout])
    Self.read(pipes[1], into: &output[.stderr])
    self.output = output
  }

  /// Whether an event comes to any of the descriptors in time, and to all of them at once.
  private static func isReady(
    _ descriptors: [Int32], for event: Int32, until deadline: Instant
  ) -> Bool {
    var waiting = descriptors.map { pollfd(fd: $0, events: Int16(event), revents: 0) }
    let limit = max(0, Int32((deadline - .now) / .milliseconds(1)))
    let count = uninterrupted { Int(poll(&waiting, nfds_t(waiting.count), limit)) }
    return count == descriptors.count && waiting.allSatisfy { $0.revents & Int16(event) != 0 }
  }

  /// Reads what is left in a pipe that nobody writes to any more.
  private static func read(_ pipe: Int32, into filter: inout LineFilter) {
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
      while RunningCommand.readSome(pipe, into: buffer, { filter.append($0) }) == .more {}
    }
  }
}
