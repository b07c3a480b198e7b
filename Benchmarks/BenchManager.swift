import Glibc
import HTTP
import Platform

/// A real manager of the `wr` that was built beside this program, in a directory of its own, on
/// loopback ports that were free.
final class BenchManager {
  let directory: String
  let reactor: Reactor
  private(set) var client: Client
  private(set) var pid: pid_t
  let port: UInt16
  private var context: TLSContext
  private var token: String
  private let environment: [String]
  private let deployment: String

  /// Where the manager has its files.
  var files: String { "\(directory)/wr_\(deployment)" }

  /// - Parameter hasBackups: whether the manager makes its scheduled backups, which count as its own
  ///   processor time; else it is one of the development deployment.
  init(on reactor: Reactor, hasBackups: Bool) async throws {
    self.reactor = reactor
    var template = Array("/tmp/wr-bench-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw SystemError(operation: "make a temporary directory")
    }
    directory = String(cString: made)
    deployment = hasBackups ? "production" : "development"
    let ports = try Self.freePorts(2, reactor)
    port = ports[1]
    environment =
      ownEnvironment().filter { !$0.hasPrefix("WR_") && !$0.hasPrefix("HOME=") } + [
        "HOME=\(directory)", "WR_MANAGERDIR=\(directory)/wr", "WR_MANAGERPORT=\(ports[0])",
        "WR_MANAGERWEB=\(ports[1])", "WR_DEPLOYMENT=\(deployment)",
      ]
    try Self.wr(["manager", "start"], environment)
    let files = "\(directory)/wr_\(deployment)"
    (pid, context, token) = try Self.read(files)
    client = Self.client(reactor, port, context, token)
  }

  /// - Returns: ports that nobody listens on, each another one.
  static func freePorts(_ count: Int, _ reactor: Reactor) throws -> [UInt16] {
    let listeners = try (0..<count).map { _ in
      try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
    }
    defer { for listener in listeners { listener.close() } }
    return listeners.map(\.port)
  }

  /// What a start of the manager leaves for its clients.
  private static func read(_ files: String) throws -> (pid_t, TLSContext, String) {
    let pid = String(decoding: try readFile("\(files)/pid"), as: UTF8.self).filter(\.isNumber)
    return (
      pid_t(pid) ?? 0, try TLSContext(authorityFile: "\(files)/ca.pem"),
      String(decoding: try readFile("\(files)/client.token"), as: UTF8.self)
    )
  }

  private static func client(
    _ reactor: Reactor, _ port: UInt16, _ context: TLSContext, _ token: String
  ) -> Client {
    Client(
      reactor: reactor, host: "127.0.0.1", port: port, serverName: "localhost", context: context,
      token: token)
  }

  // MARK: Stop and start

  func start() throws {
    try Self.wr(["manager", "start"], environment)
    (pid, context, token) = try Self.read(files)
    client = newClient()
  }

  func stop() throws { try Self.wr(["manager", "stop"], environment) }

  /// Stops the manager, if it runs, and removes the directory.
  func close() throws {
    if access("\(files)/pid", F_OK) == 0 { try stop() }
    try ChildProcess("/bin/rm", ["-rf", directory]).wait()
  }

  private static func wr(_ arguments: [String], _ environment: [String]) throws {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else {
      throw SystemError(operation: "read the path of this program")
    }
    let own = String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try ChildProcess("\(parentDirectory(of: own))/wr", arguments, environment: environment).wait()
  }

  // MARK: What it costs

  /// The runner host; nil as long as there is none.
  func hostPid() throws -> pid_t? {
    try ProcessFigures.pids(saying: "runner --state \(files)/").first
  }

  func figures() throws -> ProcessFigures { try ProcessFigures(of: pid) }

  /// The processor seconds that the manager took for `body`.
  func processorTime(_ body: () async throws -> Void) async throws -> Double {
    let before = try figures().processorTime
    try await body()
    return try figures().processorTime - before
  }

  // MARK: Requests

  /// A client with a connection of its own.
  func newClient(on other: Reactor? = nil) -> Client {
    Self.client(other ?? reactor, port, context, token)
  }

  /// A GET that must succeed.
  @discardableResult
  func get(_ target: String) async throws -> [UInt8] {
    let answer = try await client.send("GET", target, until: .now + Bench.deadline)
    guard answer.status == 200 else { throw Self.unexpected(answer) }
    return answer.body
  }

  static func unexpected(_ answer: Client.Answer) -> SystemError {
    SystemError(
      code: EPROTO,
      operation: "status \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
  }
}
