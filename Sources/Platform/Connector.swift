import CLinux
import Glibc

/// Why no connection came about.
public enum ConnectError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name means no address; what the resolver says.
  case unknownHost(String, String)
  case failed(SystemError)
  case timeout(String)

  public var description: String {
    switch self {
    case .unknownHost(let host, let why): "\(host): \(why)"
    case .failed(let error): error.description
    case .timeout(let what): "connect to \(what): timed out"
    }
  }
}

extension Reactor {
  /// Connects to a TCP port, trying all addresses of the host one after the other. Only on the
  /// reactor; names are resolved on a thread of their own.
  ///
  /// - Returns: a non-blocking, close-on-exec socket, not registered.
  public func connect(host: String, port: UInt16, until deadline: Instant?)
    async throws(ConnectError)
    -> Descriptor
  {
    var last = ConnectError.unknownHost(host, "no address")
    for address in try await addresses(of: host) {
      do throws(ConnectError) {
        return try await connect(address: address, port: port, until: deadline)
      } catch {
        last = error
      }
    }
    throw last
  }

  /// Connects to a unix socket. Only on the reactor.
  ///
  /// - Returns: a non-blocking, close-on-exec socket, not registered.
  public func connect(unixSocket path: String, until deadline: Instant)
    async throws(ConnectError)
    -> Descriptor
  {
    while true {
      let number = clinux_connect_unix(path)
      if number >= 0 { return Descriptor(owning: number) }
      let error = SystemError(operation: "connect to \(path)")
      // The kernel tells nobody when there is room in the queue again (unix(7)).
      guard error.code == EAGAIN else { throw .failed(error) }
      guard Instant.now < deadline, await sleep(until: .now + .milliseconds(10)) == .timeout else {
        throw .timeout(path)
      }
    }
  }

  private func addresses(of host: String) async throws(ConnectError) -> [String] {
    var binary = in6_addr()
    if inet_pton(AF_INET, host, &binary) == 1 || inet_pton(AF_INET6, host, &binary) == 1 {
      return [host]
    }
    return try await Resolver.shared.addresses(of: host)
  }

  private func connect(address: String, port: UInt16, until deadline: Instant?)
    async throws(ConnectError) -> Descriptor
  {
    let what = "connect to \(address) port \(port)"
    let number = clinux_connect(address, port)
    guard number >= 0 else { throw .failed(SystemError(operation: what)) }
    let socket = Descriptor(owning: number)
    do throws(SystemError) { try register(number) } catch { throw .failed(error) }
    let result = await wait(for: .writing, on: number, until: deadline)
    unregister(number)
    guard result == .ready else { throw .timeout("\(address) port \(port)") }
    let error = clinux_connect_error(number)
    guard error == 0 else { throw .failed(SystemError(code: error, operation: what)) }
    return socket
  }
}

/// Resolves names on a thread of its own: a name server that does not answer blocks for long.
private actor Resolver {
  static let shared = Resolver()
  nonisolated let executor = SerialQueueExecutor(label: "resolver")
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  func addresses(of host: String) throws(ConnectError) -> [String] {
    var buffer = [CChar](repeating: 0, count: 4096)
    let code = clinux_resolve(host, &buffer, Int32(buffer.count))
    guard code == 0 else {
      throw .unknownHost(host, String(cString: clinux_resolve_error(code)))
    }
    let text = String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }
}
