import CLinux
import Glibc

/// A listening TCP socket on a reactor.
public final class Listener {
  private let descriptor: Descriptor
  private let reactor: Reactor
  private var isRegistered = false
  public let address: String
  /// The port it listens on, also when any was asked for.
  public let port: UInt16

  /// Binds and listens; connections queue up from now on. No SO_REUSEPORT: a second listener on
  /// the port is refused.
  ///
  /// - Parameters:
  ///   - address: numeric: "127.0.0.1", "::1", "0.0.0.0".
  ///   - port: 0 for any that is free.
  public init(address: String, port: UInt16, reactor: Reactor) throws(SystemError) {
    var actual: UInt16 = 0
    let number = clinux_listen(address, port, 1024, &actual)
    guard number >= 0 else { throw SystemError(operation: "listen on \(address) port \(port)") }
    descriptor = Descriptor(owning: number)
    self.address = address
    self.port = actual
    self.reactor = reactor
  }

  deinit {
    // Whoever accepts holds a reference, so nobody waits any more; only the registration is left.
    if isRegistered, reactor.isCurrent { reactor.unregister(descriptor.number) }
  }

  /// Waits for the next connection: a non-blocking, close-on-exec socket without Nagle's delay.
  /// Only on the reactor.
  ///
  /// - Returns: nil when the listener was closed or the reactor stops.
  /// - Throws: when descriptors or memory are used up; worth trying again a little later.
  public func accept() async throws(SystemError) -> Descriptor? {
    if !isRegistered {
      try reactor.register(descriptor.number)
      isRegistered = true
    }
    while true {
      let number = clinux_accept(descriptor.number)
      if number >= 0 { return Descriptor(owning: number) }
      switch errno {
      case EAGAIN:
        if await reactor.wait(for: .reading, on: descriptor.number, until: nil) == .closed {
          return nil
        }
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        throw SystemError(operation: "accept a connection on port \(port)")
      case EBADF, EINVAL:
        return nil
      default:
        // The connection went before it was accepted (accept(2), "Error handling").
        continue
      }
    }
  }

  /// Takes no more connections; whoever accepts gets nil. Only on the reactor.
  public func close() {
    if isRegistered { reactor.shutDown(descriptor.number) }
    shutdown(descriptor.number, Int32(SHUT_RDWR))
  }
}
