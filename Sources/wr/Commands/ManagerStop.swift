import Glibc
import Manager
import Platform

extension Command {
  static let managerStop = Command(
    words: ["manager", "stop"], summary: "stop the manager; running jobs are ended first"
  ) { arguments in
    let configuration = try Configuration.current(arguments)
    guard let manager = try RunningManager.find(configuration) else {
      return Main.fail(
        "no manager is running for \(configuration.deployment.rawValue) in "
          + configuration.directory)
    }
    guard try manager.end(within: .seconds(120)) else {
      return Main.fail("the manager (pid \(manager.pid)) has not ended within 120 s")
    }
    // Only now: a manager that is still there needs both, and so do those who talk to it; as does
    // one that was started meanwhile, which holds the lock then.
    if let lock = try FileLock.acquire(configuration.lockFile) {
      unlink(configuration.tokenFile)
      unlink(configuration.addressFile)
      _ = consume lock
    }
    print(
      "info: wr manager running on \(configuration.certificateDomain):\(configuration.managerPort)"
        + " was gracefully shut down")
    return 0
  }
}
