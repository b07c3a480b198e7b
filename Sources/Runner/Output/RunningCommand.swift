import Glibc
import Jobs
import Platform

/// A process that runs: reads its two pipes and waits for its end.
actor RunningCommand {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  nonisolated let pid: pid_t
  private let command: LaunchedCommand
  /// What it has written so far.
  private(set) var output = CommandOutput()
  private var openPipes = 2
  /// Nothing more is read than what is in the pipes.
  private var mustEnd = false
  private let drained: Wakeup
  private var followers = OutputFollowers()
  /// When its process was seen to have ended.
  private(set) var endedAt: Instant?

  /// How long pipes that others still hold are read after the end (decision 35).
  static let drainLimit = Duration.milliseconds(500)

  /// Must be called on the reactor.
  init(_ command: consuming LaunchedCommand, reactor: Reactor) {
    pid = command.process.pid
    self.command = command
    self.reactor = reactor
    drained = Wakeup(on: reactor)
  }

  /// Returns when the process has ended, which leaves it to be reaped, and its pipes are drained.
  /// - Throws: `SystemError` if the reactor cannot take the descriptors.
  func run() async throws(SystemError) {
    let descriptors = [
      command.process.handle.number, command.stdout.number, command.stderr.number,
    ]
    for pipe in descriptors[1...] { try setNonBlocking(pipe) }
    for descriptor in descriptors { try reactor.register(descriptor) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.read(.stdout, from: descriptors[1]) }
      group.addTask { await self.read(.stderr, from: descriptors[2]) }
      _ = await reactor.wait(for: .reading, on: descriptors[0], until: nil)
      let now = Instant.now
      endedAt = now
      while openPipes > 0 {
        guard await drained.wait(until: now + Self.drainLimit) == .ready else { break }
      }
      mustEnd = true
      reactor.shutDown(descriptors[1])
      reactor.shutDown(descriptors[2])
    }
    for descriptor in descriptors { reactor.unregister(descriptor) }
  }

  /// Tells a follower, through `takeWritten`, what was written so far, and from now on what is
  /// written.
  ///
  /// - Parameter told: called whenever there is something to be taken.
  func follow(_ wish: OutputWish, told: @escaping @Sendable () -> Void) {
    followers.add(wish, soFar: output[wish.stream].soFar, told: told)
  }

  func unfollow(_ follower: UInt64) { followers.remove(follower) }

  /// What followers have not been told yet.
  ///
  /// - Parameter isOver: the command has ended, and with it their following.
  func takeWritten(isOver: Bool = false) -> [RunOutput] { followers.take(isOver: isOver) }

  private func read(_ stream: OutputStream, from pipe: Int32) async {
    await read(pipe) {
      self.output[stream].append($0)
      self.followers.pass($0, of: stream)
    }
  }

  /// Reads until the end, or until the pipe is shut down and what was in it has been read.
  private func read(_ pipe: Int32, _ receive: (UnsafeRawBufferPointer) -> Void) async {
    while true {
      let isLast = mustEnd
      let progress = reactor.withScratch { Self.readSome(pipe, into: $0, receive) }
      if progress == .atEnd || isLast { break }
      if progress == .more {
        // A command that writes without end must not keep the reactor from everything else.
        await reactor.yield()
      } else if await reactor.wait(for: .reading, on: pipe, until: nil) == .closed {
        mustEnd = true
      }
    }
    openPipes -= 1
    drained.signal()
  }

  enum Progress { case atEnd, empty, more }

  /// Reads what is there, at most what fills the buffer sixteen times.
  static func readSome(
    _ pipe: Int32, into buffer: UnsafeMutableRawBufferPointer,
    _ receive: (UnsafeRawBufferPointer) -> Void
  ) -> Progress {
    for _ in 0..<16 {
      let count = Glibc.read(pipe, buffer.baseAddress, buffer.count)
      if count > 0 {
        receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      } else if count == 0 {
        return .atEnd
      } else if errno != EINTR {
        return errno == EAGAIN ? .empty : .atEnd
      }
    }
    return .more
  }
}
