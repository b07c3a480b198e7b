import Foundation
import Support
import Testing

/// A real manager of the built `wr`, in a temporary directory and on free loopback ports.
final class TestManager {
  let directory: URL
  let managerPort: Int
  let webPort: Int
  private let environment: [String: String]

  /// The files of the production deployment.
  var managerDirectory: URL { directory.appendingPathComponent("wr_production") }
  var token: String { (try? text("client.token")) ?? "" }
  var web: String { "https://localhost:\(webPort)" }

  /// The executable that was built with the tests.
  static let wr = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("wr")

  /// Starts a manager.
  init(options: [String] = [], environment extra: [String: String] = [:]) throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("wr-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    managerPort = Int(freePort())
    webPort = Int(freePort())
    var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WR_") }
    environment["HOME"] = directory.path
    environment["WR_MANAGERDIR"] = directory.appendingPathComponent("wr").path
    environment["WR_MANAGERPORT"] = String(managerPort)
    environment["WR_MANAGERWEB"] = String(webPort)
    environment.merge(extra) { $1 }
    self.environment = environment
    let started = try start(options: options)
    try #require(started.status == 0, "wr manager start: \(started.output)\(started.errors)")
  }

  /// Stops the manager if it runs, and removes all it left.
  func remove() throws {
    if try wr("manager", "status").output.hasPrefix("stopped") == false {
      let stopped = try wr("manager", "stop")
      #expect(stopped.status == 0, "wr manager stop: \(stopped.errors)")
    }
    let left = try Self.processes(inDirectory: directory.path)
    #expect(left == [], "processes are left behind")
    for line in left {
      if let pid = pid_t(line.prefix { $0 != " " }) { kill(pid, SIGKILL) }
    }
    try FileManager.default.removeItem(at: directory)
  }

  @discardableResult
  func start(options: [String] = []) throws -> Outcome {
    try run(Self.wr, ["manager", "start"] + options)
  }

  func wr(_ arguments: String...) throws -> Outcome { try run(Self.wr, arguments) }

  /// Calls wr with something on its standard input.
  func wr(input: String, _ arguments: String...) throws -> Outcome {
    try run(Self.wr, arguments, input: Data(input.utf8))
  }

  /// Starts `wr` and does not wait for its end.
  /// - Returns: besides, the path of what it writes to standard output.
  func launch(_ arguments: String...) throws -> (process: Process, output: String) {
    let process = Process()
    process.executableURL = Self.wr
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = directory
    let output = directory.appendingPathComponent(UUID().uuidString).path
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return (process, output)
  }

  func text(_ name: String) throws -> String {
    try String(contentsOf: managerDirectory.appendingPathComponent(name), encoding: .utf8)
  }

  var pid: pid_t {
    get throws {
      try #require(pid_t(text("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
    }
  }

  /// The process numbers of runner hosts of this manager's directory.
  func runnerHosts() throws -> [pid_t] {
    try Self.processes(inDirectory: directory.path).filter { $0.contains(" runner ") }
      .compactMap { pid_t($0.prefix { $0 != " " }) }
  }

  // MARK: Requests, by curl

  struct Answer {
    var status: Int
    var headers: String
    var body: String

    var json: Any? {
      try? JSONSerialization.jsonObject(with: Data(body.utf8), options: [.fragmentsAllowed])
    }
    var jobs: [[String: Any]] { json as? [[String: Any]] ?? [] }
  }

  /// Sends a request as the documentation does: `curl --cacert … -H "Authorization: Bearer …"`.
  func curl(
    _ method: String, _ path: String, body: String? = nil, headers: [String] = [],
    isAuthorised: Bool = true, port: Int? = nil, options: [String] = []
  ) throws -> Answer {
    var arguments = [
      "--silent", "--show-error", "--include", "--max-time", "120", "--cacert",
      managerDirectory.appendingPathComponent("ca.pem").path, "-H", "Expect:",
    ]
    if method == "HEAD" { arguments.append("--head") } else { arguments += ["-X", method] }
    if isAuthorised { arguments += ["-H", "Authorization: Bearer \(token)"] }
    for header in headers { arguments += ["-H", header] }
    var input: Data?
    if let body {
      arguments += ["--data-binary", "@-"]
      input = Data(body.utf8)
    }
    arguments += options
    arguments.append("https://localhost:\(port ?? webPort)\(path)")
    let outcome = try run(URL(fileURLWithPath: "/usr/bin/curl"), arguments, input: input)
    try #require(outcome.status == 0, "curl \(path): \(outcome.errors)")
    let parts = outcome.output.components(separatedBy: "\r\n\r\n")
    let head = parts[0]
    let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return Answer(
      status: status, headers: head, body: parts.dropFirst().joined(separator: "\r\n\r\n"))
  }

  func get(_ path: String) throws -> Answer { try curl("GET", path) }

  func post(_ body: String, _ query: String = "") throws -> Answer {
    try curl("POST", "/rest/v1/jobs/\(query)", body: body)
  }

  /// Asks for jobs again and again until all of them are as wanted; fails after `limit` seconds.
  func wait(
    _ path: String, limit: Double = 60, until wanted: ([[String: Any]]) -> Bool
  ) throws -> [[String: Any]] {
    let end = Date().addingTimeInterval(limit)
    while true {
      let jobs = try get(path).jobs
      if wanted(jobs) { return jobs }
      try #require(Date() < end, "still not as wanted after \(limit) s: \(jobs)")
      usleep(50_000)
    }
  }

  /// Waits until every job of the path is in one of the states.
  func wait(_ path: String, for states: String..., limit: Double = 60) throws -> [[String: Any]] {
    try wait(path, limit: limit) { jobs in
      !jobs.isEmpty && jobs.allSatisfy { states.contains($0["State"] as? String ?? "") }
    }
  }

  // MARK: Processes

  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  func run(_ executable: URL, _ arguments: [String], input: Data? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = directory
    // Files and not pipes: a daemon that inherited a pipe would keep it open.
    let name = directory.appendingPathComponent(UUID().uuidString).path
    defer { for end in ["in", "out", "err"] { unlink("\(name).\(end)") } }
    _ = FileManager.default.createFile(atPath: "\(name).in", contents: input ?? Data())
    _ = FileManager.default.createFile(atPath: "\(name).out", contents: nil)
    _ = FileManager.default.createFile(atPath: "\(name).err", contents: nil)
    process.standardInput = FileHandle(forReadingAtPath: "\(name).in")
    process.standardOutput = FileHandle(forWritingAtPath: "\(name).out")
    process.standardError = FileHandle(forWritingAtPath: "\(name).err")
    try process.run()
    process.waitUntilExit()
    func read(_ end: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(name).\(end)")), as: UTF8.self)
    }
    return Outcome(
      status: process.terminationStatus, output: try read("out"), errors: try read("err"))
  }

  /// "pid command line" of every process whose command line or environment names the directory.
  static func processes(inDirectory path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
      guard let pid = pid_t(name), pid != getpid() else { return nil }
      func read(_ file: String) -> String {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/\(file)") else {
          return ""
        }
        return String(decoding: data.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
      }
      let command = read("cmdline")
      guard !command.isEmpty, command.contains(path) || read("environ").contains(path) else {
        return nil
      }
      return "\(pid) \(command)"
    }
  }
}

/// Runs `body` with a manager that is removed afterwards, whatever happens.
func withManager(
  options: [String] = [], environment: [String: String] = [:],
  _ body: (TestManager) throws -> Void
) throws {
  let manager = try TestManager(options: options, environment: environment)
  do {
    try body(manager)
  } catch {
    let log = (try? manager.text("log")) ?? ""
    Issue.record("the manager's log:\n\(log.suffix(4000))")
    try? manager.remove()
    throw error
  }
  try manager.remove()
}

/// Waits until a process, not necessarily a child, has ended; at most 30 s.
func waitForEnd(of pid: pid_t) throws {
  let end = Date().addingTimeInterval(30)
  // One that has ended and waits to be reaped by whoever adopted it has no command line.
  while FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.isEmpty == false {
    try #require(Date() < end, "process \(pid) has not ended")
    usleep(10_000)
  }
}
