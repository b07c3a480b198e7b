import Glibc
import Manager
import Platform

/// A manager process of this user and deployment, found by the lock it holds.
struct RunningManager {
  let pid: pid_t

  /// - Returns: nil if none runs.
  static func find(_ configuration: Configuration) throws(SystemError) -> RunningManager? {
    guard let pid = try FileLock.holder(of: configuration.lockFile) else { return nil }
    return RunningManager(pid: pid)
  }

  /// Asks the process to end (SIGTERM) and waits until it has.
  ///
  /// - Returns: false if it is still there when the time is over.
  func end(within limit: Duration) throws(SystemError) -> Bool {
    let process: Descriptor
    do {
      process = try openProcess(pid)
    } catch {
      if error.code == ESRCH { return true }
      throw error
    }
    guard kill(pid, SIGTERM) == 0 || errno == ESRCH else {
      throw SystemError(operation: "end the manager (pid \(pid))")
    }
    let deadline = Instant.now + limit
    while true {
      var poll = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
      let left = (deadline - .now).components
      let milliseconds = max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
      let ready = Glibc.poll(&poll, 1, Int32(milliseconds))
      if ready > 0 { return true }
      if ready == 0 { return false }
      if errno != EINTR { throw SystemError(operation: "wait for the manager (pid \(pid))") }
    }
  }
}
