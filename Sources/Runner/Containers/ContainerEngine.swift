import Glibc
import HTTP
import Platform

/// A container engine that speaks the Docker Engine API over a unix socket: docker, podman.
///
/// Paths without a version mean the engine's newest, which every engine has; what is read here is
/// the same in all. All methods are for callers on the reactor.
struct ContainerEngine: Sendable {
  private let socket: String
  private let reactor: Reactor

  /// How long an engine may take for an answer.
  static let patience = Duration.seconds(5)

  init(socket: String, reactor: Reactor) {
    self.socket = socket
    self.reactor = reactor
  }

  /// Where the engine listens.
  /// - Parameter host: the value of `DOCKER_HOST`; nil or empty for the usual place.
  static func socket(host: String?) throws(EngineError) -> String {
    guard let host, !host.isEmpty else { return "/var/run/docker.sock" }
    guard host.hasPrefix("unix://") else {
      throw EngineError("DOCKER_HOST is not a unix socket: \(host)")
    }
    return String(host.dropFirst("unix://".count))
  }

  /// The containers that run.
  func running() async throws(EngineError) -> [Container] {
    let (status, body) = try await exchange("GET", "/containers/json")
    guard status == 200 else { throw Self.refusal(status, body) }
    do { return try Container.list(body) } catch { throw Self.unreadable(error.message) }
  }

  /// What a container uses; nil if it is gone.
  func usage(of id: String) async throws(EngineError) -> ContainerUsage? {
    // Without the second parameter the engine measures twice, a second apart.
    let (status, body) = try await exchange(
      "GET", "/containers/\(id)/stats?stream=false&one-shot=true")
    // An engine may have sent its status before it saw that the container has gone.
    if status == 404 || status == 200 && body.isEmpty { return nil }
    guard status == 200 else { throw Self.refusal(status, body) }
    do { return try ContainerUsage(body) } catch { throw Self.unreadable(error.message) }
  }

  /// Ends a container at once; one that has ended already is no error.
  func kill(_ id: String) async throws(EngineError) {
    let (status, body) = try await exchange("POST", "/containers/\(id)/kill?signal=SIGKILL")
    guard [204, 404, 409].contains(status) else { throw Self.refusal(status, body) }
  }

  /// Removes a container; one that is not there, or is being removed, is no error.
  /// - Parameter running: even if it runs.
  func remove(_ name: String, running: Bool) async throws(EngineError) {
    let (status, body) = try await exchange("DELETE", "/containers/\(name)?force=\(running)")
    guard [200, 204, 404, 409].contains(status) else { throw Self.refusal(status, body) }
  }

  private static func refusal(_ status: Int, _ body: [UInt8]) -> EngineError {
    EngineError(
      "the engine answers \(status): \(String(decoding: body.prefix(500), as: UTF8.self))")
  }

  private static func unreadable(_ why: String) -> EngineError {
    EngineError("the engine's answer cannot be read: \(why)")
  }

  // MARK: One exchange

  /// Sends a request without a body over a connection of its own.
  private func exchange(
    _ method: String, _ target: String
  ) async throws(EngineError) -> (status: Int, body: [UInt8]) {
    let deadline = Instant.now + Self.patience
    let connection = try await connect(until: deadline)
    defer { reactor.unregister(connection.number) }
    let head = MessageWriter.requestHead(
      method: method, rawTarget: target, host: "localhost", headers: Headers(), framing: .none)
    try await write(head, to: connection.number, until: deadline)
    return try await readAnswer(to: method, from: connection.number, until: deadline)
  }

  private func connect(until deadline: Instant) async throws(EngineError) -> Descriptor {
    do {
      let connection = try await reactor.connect(unixSocket: socket, until: deadline)
      try reactor.register(connection.number)
      return connection
    } catch {
      throw EngineError("\(error)")
    }
  }

  private func write(
    _ bytes: [UInt8], to connection: Int32, until deadline: Instant
  ) async throws(EngineError) {
    var left = bytes[...]
    while !left.isEmpty {
      let count = left.withUnsafeBytes { Glibc.write(connection, $0.baseAddress, $0.count) }
      if count >= 0 {
        left = left.dropFirst(count)
      } else if errno == EAGAIN {
        try await wait(for: .writing, on: connection, until: deadline)
      } else if errno != EINTR {
        throw EngineError("\(SystemError(operation: "write to \(socket)"))")
      }
    }
  }

  private func readAnswer(
    to method: String, from connection: Int32, until deadline: Instant
  ) async throws(EngineError) -> (status: Int, body: [UInt8]) {
    var answer = EngineAnswer(to: method)
    while true {
      let bytes = try await read(from: connection, until: deadline)
      do throws(HTTPError) {
        if try answer.take(bytes) { return (answer.status, answer.body) }
      } catch {
        throw EngineError(error.description)
      }
      guard !bytes.isEmpty else {
        throw EngineError("\(socket) was closed before the end of its answer")
      }
    }
  }

  /// - Returns: nothing at the end.
  private func read(
    from connection: Int32, until deadline: Instant
  ) async throws(EngineError) -> [UInt8] {
    while true {
      var count = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 16384) { buffer, length in
        count = Glibc.read(connection, buffer.baseAddress, buffer.count)
        length = max(0, count)
      }
      if count >= 0 { return bytes }
      if errno == EAGAIN {
        try await wait(for: .reading, on: connection, until: deadline)
      } else if errno != EINTR {
        throw EngineError("\(SystemError(operation: "read from \(socket)"))")
      }
    }
  }

  private func wait(
    for interest: Interest, on connection: Int32, until deadline: Instant
  ) async throws(EngineError) {
    switch await reactor.wait(for: interest, on: connection, until: deadline) {
    case .ready: return
    case .timeout: throw EngineError("\(socket) does not answer")
    case .closed: throw EngineError("the runner host ends")
    }
  }
}
