import Glibc
import HTTP
import Jobs
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

  /// The mode the manager says it is in: "started", "draining" …; "recovering" while it starts.
  func mode(_ configuration: Configuration, _ token: Token) throws -> String {
    let reactor = try Reactor()
    let trust = try TLSContext(authorityFile: configuration.authorityFile)
    let answer = try reactor.runUntilDone {
      let client = Client(
        reactor: reactor, host: configuration.managerHost, port: configuration.managerPort,
        serverName: configuration.certificateDomain, context: trust, token: token.text)
      let answer = try await client.send("GET", "/rest/v1/info/", until: .now + .seconds(20))
      await client.close()
      return answer
    }
    if answer.status == 503 { return "recovering" }
    var reader = JSONReader(answer.body)
    try reader.beginObject()
    while let name = try reader.nextName() {
      if name == "Mode" { return try reader.string() }
      try reader.skip()
    }
    throw SystemError(code: EPROTO, operation: "ask the manager for its mode")
  }

  /// Asks the process to end and waits until it has.
  ///
  /// - Parameter signal: one that the daemon stops for: SIGTERM, or `Daemon.keepingSignal`.
  /// - Returns: false if it is still there when the time is over.
  func end(by signal: Int32, within limit: Duration) throws(SystemError) -> Bool {
    let process: Descriptor
    do {
      process = try openProcess(pid)
    } catch {
      if error.code == ESRCH { return true }
      throw error
    }
    guard kill(pid, signal) == 0 || errno == ESRCH else {
      throw SystemError(operation: "end the manager (pid \(pid))")
    }
    return try waitForEnd(process, until: .now + limit)
  }

  /// Waits for one that was killed: it has its lock and its ports until its memory is freed.
  /// - Throws: `StartError` if that takes longer.
  static func waitForKilled(_ configuration: Configuration, within limit: Duration) throws {
    guard let manager = try find(configuration), isEnding(manager.pid) else { return }
    let process: Descriptor
    do throws(SystemError) {
      process = try openProcess(manager.pid)
    } catch {
      if error.code == ESRCH { return }
      throw error
    }
    guard try manager.waitForEnd(process, until: .now + limit) else {
      throw StartError(
        "the manager that was killed (pid \(manager.pid)) has still not ended after"
          + " \(limit.components.seconds)s, as its memory is being freed: try again in a moment")
    }
  }

  /// - Returns: false if it is still there when the time is over.
  private func waitForEnd(
    _ process: borrowing Descriptor, until deadline: Instant
  ) throws(SystemError) -> Bool {
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
