import Glibc
import HTTP
import Platform

/// A real manager of the `wr` that was built beside this program, in a directory of its own, on
/// loopback ports that were free.
final class BenchManager {
  let directory: String
  private let client: Client
  private let reactor: Reactor
  private let environment: [String]

  private static let deadline = Duration.seconds(600)

  init(on reactor: Reactor) async throws {
    self.reactor = reactor
    var template = Array("/tmp/wr-bench-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw SystemError(operation: "make a temporary directory")
    }
    directory = String(cString: made)
    let ports = try (0..<2).map { _ in
      let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      defer { listener.close() }
      return listener.port
    }
    environment =
      ownEnvironment().filter { !$0.hasPrefix("WR_") && !$0.hasPrefix("HOME=") } + [
        "HOME=\(directory)", "WR_MANAGERDIR=\(directory)/wr", "WR_MANAGERPORT=\(ports[0])",
        "WR_MANAGERWEB=\(ports[1])",
      ]
    try Self.wr(["manager", "start"], environment)
    let files = "\(directory)/wr_production"
    client = Client(
      reactor: reactor, host: "127.0.0.1", port: ports[1], serverName: "localhost",
      context: try TLSContext(authorityFile: "\(files)/ca.pem"),
      token: String(decoding: try readFile("\(files)/client.token"), as: UTF8.self))
  }

  /// Stops the manager and removes the directory.
  func stop() throws {
    try Self.wr(["manager", "stop"], environment)
    let null = try openFile("/dev/null", O_RDWR)
    let process = try spawn(
      SpawnPlan(path: "/bin/rm", arguments: ["rm", "-rf", directory], environment: []),
      standard: (null.number, 2, 2))
    waitpid(process.pid, nil, 0)
  }

  /// The body of a POST of so many jobs that need a core and little memory.
  static func jobs(_ count: Int, cmd: (Int) -> String) -> [UInt8] {
    let objects = (0..<count).map { index in
      #"{"cmd":"\#(cmd(index))","cpus":1,"memory":"10M","on_exit":[{"cleanup":true}]}"#
    }
    return Array("[\(objects.joined(separator: ","))]".utf8)
  }

  func add(_ body: [UInt8], _ query: String) async throws {
    let answer = try await client.send(
      "POST", "/rest/v1/jobs/?\(query)&cwd=\(directory)", body: body, until: .now + Self.deadline)
    guard answer.status == 201 else { throw unexpected(answer) }
  }

  func delete(_ group: String, _ state: String) async throws {
    let answer = try await client.send(
      "DELETE", "/rest/v1/jobs/\(group)?state=\(state)", until: .now + Self.deadline)
    guard answer.status == 200 || answer.status == 202 else { throw unexpected(answer) }
  }

  /// Returns once no job is incomplete. A client of today can only ask again and again.
  func waitUntilDone() async throws {
    while true {
      let answer = try await client.send(
        "GET", "/rest/v1/jobs/?limit=1", until: .now + Self.deadline)
      guard answer.status == 200 else { throw unexpected(answer) }
      if answer.body.starts(with: Array("[]".utf8)) { return }
      _ = await reactor.sleep(until: .now + .milliseconds(20))
    }
  }

  private func unexpected(_ answer: Client.Answer) -> SystemError {
    SystemError(
      code: EPROTO,
      operation: "status \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
  }

  private static func wr(_ arguments: [String], _ environment: [String]) throws {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else {
      throw SystemError(operation: "read the path of this program")
    }
    let own = String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let null = try openFile("/dev/null", O_RDWR)
    let process = try spawn(
      SpawnPlan(
        path: "\(parentDirectory(of: own))/wr", arguments: ["wr"] + arguments,
        environment: environment),
      standard: (null.number, null.number, 2))
    var status: Int32 = 0
    waitpid(process.pid, &status, 0)
    guard status == 0 else {
      throw SystemError(code: EPROTO, operation: "wr \(arguments.joined(separator: " "))")
    }
  }
}
