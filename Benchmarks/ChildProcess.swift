import Glibc
import Platform

/// A program beside this one, which says what is wrong on our stderr.
struct ChildProcess: ~Copyable {
  let pid: pid_t
  private let name: String

  init(_ path: String, _ arguments: [String], environment: [String] = ownEnvironment()) throws {
    name = ([path] + arguments).joined(separator: " ")
    let null = try openFile("/dev/null", O_RDWR)
    let process = try spawn(
      SpawnPlan(path: path, arguments: [path] + arguments, environment: environment),
      standard: (null.number, null.number, 2))
    pid = process.pid
  }

  /// Waits for its end.
  /// - Throws: if it does not say that it succeeded.
  consuming func wait() throws {
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    guard status == 0 else { throw SystemError(code: EPROTO, operation: name) }
  }

  /// Ends it in good order.
  consuming func stop() {
    kill(pid, SIGTERM)
    waitpid(pid, nil, 0)
  }
}
