import CLinux
import Glibc

/// Has a signal wait for ever instead of doing anything to the thread that calls this, or to those that
/// it starts later.
public func block(signal number: Int32) {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, number)
  pthread_sigmask(SIG_BLOCK, &set, nil)
}

/// Signals as something to wait for, on a reactor. They are blocked in the thread that makes this
/// and in threads it starts later, so it is made before any other thread.
public final class Signals {
  private let descriptor: Descriptor

  /// - Parameter numbers: `SIGTERM`, `SIGINT`, `SIGCHLD`, …
  public init(_ numbers: [Int32]) throws(SystemError) {
    for number in numbers { block(signal: number) }
    let number = clinux_signalfd(numbers, Int32(numbers.count))
    guard number >= 0 else { throw SystemError(operation: "make a signalfd") }
    descriptor = Descriptor(owning: number)
  }

  /// Waits for the next signal. Only on the reactor, and always the same one.
  ///
  /// - Returns: nil when the reactor stops or `close` was called.
  public func next(on reactor: Reactor) async throws(SystemError) -> Int32? {
    if !isRegistered {
      try reactor.register(descriptor.number)
      isRegistered = true
    }
    while true {
      let number = clinux_signalfd_read(descriptor.number)
      if number > 0 { return number }
      if number < 0 { throw SystemError(operation: "read a signalfd") }
      if await reactor.wait(for: .reading, on: descriptor.number, until: nil) == .closed {
        return nil
      }
    }
  }

  /// Ends the wait of `next`, now and later. Only on the reactor.
  public func close(on reactor: Reactor) {
    if isRegistered { reactor.shutDown(descriptor.number) }
  }

  private var isRegistered = false
}
