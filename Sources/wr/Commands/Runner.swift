import Glibc
import Jobs
import Manager
import Platform
import Runner

extension Command {
  /// What the manager starts on a machine to run jobs there. All it must know is said by options,
  /// so that it depends on no configuration file; secrets it reads itself. Its standard error is
  /// the log.
  static let runner = Command(
    words: ["runner"], summary: "run jobs for a manager; started by it",
    options: [
      Option(name: "state", value: "DIR", help: "for its lock, journal and unreported results"),
      Option(name: "address", value: "FILE", help: "holds the manager's address"),
      Option(name: "port", value: "N", help: "of the manager, while that file cannot be read"),
      Option(name: "token", value: "FILE", help: "holds the token"),
      Option(name: "authority", value: "FILE", help: "the certificate authority to trust"),
      Option(name: "domain", value: "NAME", help: "what the manager's certificate is for"),
      Option(name: "shell", value: "NAME", help: "runs the commands"),
      Option(
        name: "memory_factor", value: "N",
        help: "how many times its expected memory a job may use where it has a cgroup"),
    ], isInternal: true
  ) { arguments in
    func required(_ name: String) throws(UsageError) -> String {
      guard let value = arguments[name] else { throw UsageError("--\(name) is needed") }
      return value
    }
    guard let port = UInt16(try required("port")) else {
      throw UsageError("--port takes a number from 0 to 65535")
    }
    var configuration = HostConfiguration(
      stateDirectory: try required("state"), addressFile: try required("address"),
      managerHost: "127.0.0.1", managerPort: port, tokenFile: try required("token"),
      authorityFile: try required("authority"), certificateDomain: try required("domain"))
    if let shell = arguments["shell"] { configuration.shell = shell }
    if let factor = arguments["memory_factor"] {
      guard let number = Double(factor), number >= 1 else {
        throw UsageError("--memory_factor takes a number from 1")
      }
      configuration.memoryFactor = number
    }
    configuration.executableDirectory = parentDirectory(of: try executablePath())
    try raiseDescriptorLimit()
    // Jobs inherit it: when they exhaust the machine's memory, they go before the manager.
    try yieldMemory(thousandths: 200)
    let reactor = try Reactor()
    let log = Log(descriptor: 2)
    let host = configuration
    try reactor.runUntilDone { try await serve(host, on: reactor, log: log) }
    return 0
  }

  /// Runs a host; a signal ends its jobs, and then it.
  private static func serve(_ configuration: HostConfiguration, on reactor: Reactor, log: Log)
    async throws
  {
    // Blocked here, before spawning starts the first further thread.
    let signals = try Signals([SIGTERM, SIGINT])
    // Nobody waits for it. The threads that start commands block it, as all of dispatch's do, so at
    // each end the kernel would wake this one.
    block(signal: SIGCHLD)
    let host = RunnerHost(configuration: configuration, reactor: reactor, log: log)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { reactor.stop() }
        try await host.run()
      }
      // The reactor stops when the host has ended, and with it this wait.
      if try await signals.next(on: reactor) != nil {
        log.info("a signal to stop: all jobs are ended")
        await host.interrupt()
      }
      try await group.waitForAll()
    }
  }

  /// The arguments with which the manager of a configuration starts a runner host.
  static func runnerArguments(_ configuration: Configuration) -> [String] {
    [
      "wr", "runner", "--state", "\(configuration.directory)/runner",
      "--address", configuration.addressFile, "--port", "\(configuration.managerPort)",
      "--token", configuration.tokenFile, "--authority", configuration.authorityFile,
      "--domain", configuration.certificateDomain, "--shell", configuration.shell,
    ] + (configuration.memoryFactor.map { ["--memory_factor", "\($0)"] } ?? [])
  }
}
