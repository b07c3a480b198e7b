import Glibc
import Manager
import Platform

extension Command {
  static let managerStop = Command(
    words: ["manager", "stop"], summary: "stop the manager; running jobs are ended first",
    options: [
      Option(
        name: "keep-running",
        help: "leave running jobs running, for the next manager to take over: for an upgrade"),
      Option.json,
    ]
  ) { arguments in
    let configuration = try Configuration.current(arguments)
    guard let manager = try RunningManager.find(configuration) else {
      return Main.fail(
        "no manager is running for \(configuration.deployment.rawValue) in "
          + configuration.directory)
    }
    let keepsRunning = arguments.has("keep-running")
    let signal = keepsRunning ? Daemon.keepingSignal : SIGTERM
    guard try manager.end(by: signal, within: .seconds(120)) else {
      return Main.fail("the manager (pid \(manager.pid)) has not ended within 120 s")
    }
    // Only now: a manager that is still there needs both, and so do those who talk to it; as does
    // one that was started meanwhile, which holds the lock then. With jobs that run on the same
    // token must open the next manager too.
    if !keepsRunning, let lock = try FileLock.acquire(configuration.lockFile) {
      unlink(configuration.tokenFile)
      unlink(configuration.addressFile)
      _ = consume lock
    }
    if arguments.has("json") {
      emitJSON { json in
        json.member("Stopped", true)
        json.member("KeepsRunning", keepsRunning)
      }
      return 0
    }
    print(
      "info: wr manager running on \(configuration.certificateDomain):\(configuration.managerPort)"
        + " was gracefully shut down" + (keepsRunning ? "; what it ran runs on" : ""))
    return 0
  }
}
