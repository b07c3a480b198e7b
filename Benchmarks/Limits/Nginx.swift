import Glibc
import HTTP
import Platform

/// The least that a small answer over TLS can be expected to cost: nginx with one worker and an
/// answer from its configuration, with the same certificate.
struct Nginx: ~Copyable {
  private let process: ChildProcess
  let port: UInt16

  /// - Parameter manager: whose certificate it has.
  /// - Returns: nil where nginx is not installed.
  static func start(beside manager: BenchManager) async throws -> Nginx? {
    guard
      let program = findExecutable("nginx", searchPath: "/usr/sbin:/usr/local/sbin:/usr/bin")
    else { return nil }
    let port = try BenchManager.freePorts(1, manager.reactor)[0]
    let directory = "\(manager.directory)/nginx"
    try makeDirectories(directory)
    let version = String(decoding: try await manager.get("/rest/version/"), as: UTF8.self)
      .filter { $0 != "\n" }
    let configuration = """
      daemon off; worker_processes 1; pid \(directory)/pid; error_log \(directory)/error.log;
      events { worker_connections 2048; }
      http {
        access_log off; keepalive_requests 1000000000;
        server {
          listen 127.0.0.1:\(port) ssl;
          ssl_certificate \(manager.files)/cert.pem;
          ssl_certificate_key \(manager.files)/key.pem;
          ssl_protocols TLSv1.2 TLSv1.3;
          location / { default_type application/json; return 200 '\(version)'; }
        }
      }
      """
    try writeFileAtomically("\(directory)/conf", Array(configuration.utf8), mode: 0o644)
    let process = try ChildProcess(
      program, ["-c", "\(directory)/conf", "-p", directory, "-e", "\(directory)/error.log"])
    for _ in 0..<200 where access("\(directory)/pid", F_OK) != 0 { usleep(10_000) }
    return Nginx(process: process, port: port)
  }

  /// The processor seconds of the master and its worker so far.
  func processorTime() throws -> Double {
    let children = String(
      decoding: try readFile("/proc/\(process.pid)/task/\(process.pid)/children"), as: UTF8.self)
    return try ([process.pid] + children.split(separator: " ").compactMap { pid_t($0) })
      .reduce(0) { try $0 + ProcessFigures(of: $1).processorTime }
  }

  consuming func stop() { process.stop() }
}
