import Glibc
import Jobs
import Platform
import Synchronization
import Testing

@testable import Runner

/// Runs attempts as a runner host does, in a scratch directory and without a manager.
final class RunnerHarness: Sendable {
  let reactor: Reactor
  let sampler: UsageSampler
  let spool: Spool
  let configuration: HostConfiguration
  let base: String
  private let logFile: String
  private let attempts = Atomic<UInt64>(1)
  /// Tests run side by side in one process, so each needs marks of its own.
  private let incarnation = Incarnation(String(UInt64.random(in: 0 ... .max), radix: 16))

  private init(_ scratch: Scratch, _ settings: Settings) throws {
    // Whatever a command starts comes back to this process, as it does to a runner host.
    try adoptOrphans()
    reactor = try Reactor()
    sampler = UsageSampler(reactor: reactor, reapsStrays: false)
    base = scratch.directory("base")
    logFile = scratch["log"]
    var configuration = HostConfiguration(
      stateDirectory: scratch["state"], addressFile: scratch["manager.addr"],
      managerHost: "localhost", managerPort: 1, tokenFile: scratch["token"],
      authorityFile: scratch["ca.pem"], certificateDomain: "localhost")
    var environment = JobEnvironment(
      base: ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere", "A=host"])
    for entry in settings.environment { environment.set(entry: entry) }
    configuration.environment = environment.entries
    configuration.shell = settings.shell
    configuration.cgroupRoot = settings.cgroupRoot
    configuration.executableDirectory = settings.executableDirectory
    configuration.memory = settings.memory
    self.configuration = configuration
    spool = Spool(HostFiles(configuration), reactor: reactor)
    try StateDirectory(configuration.stateDirectory).make()
    log = try Log(appendingTo: logFile)
  }

  let log: Log

  /// What a test may set of the host's configuration.
  struct Settings {
    var shell = "bash"
    var executableDirectory: String?
    /// Set in the host's environment.
    var environment: [String] = []
    var cgroupRoot: String?
    /// Of the machine.
    var memory: Megabytes = 1_000_000
  }

  /// What was logged.
  var logged: String { contents(of: logFile) ?? "" }

  static func run(
    _ settings: Settings = Settings(),
    _ body: (RunnerHarness, Scratch) async throws -> Void
  ) async throws {
    let scratch = Scratch()
    let harness = try RunnerHarness(scratch, settings)
    harness.reactor.start()
    defer { harness.reactor.stop() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: harness.reactor) { await harness.sampler.run() }
      do {
        try await body(harness, scratch)
      } catch {
        await harness.sampler.stop()
        throw error
      }
      await harness.sampler.stop()
    }
  }

  /// Makes the runner of a job whose base directory is the harness's unless it names one.
  func runner(_ spec: JobSpec, memory: Megabytes = 1024, untilBuried: Int = 1) -> RunnerActor {
    var spec = spec
    if spec.cwd == "/tmp" { spec.cwd = base }
    let attempt = attempts.add(1, ordering: .relaxed).oldValue
    let key = JobKey(low: attempt, high: 0x58ce_f10e_7a34_0c3b)
    let order = RunOrder(
      attempt: AttemptID(attempt), key: key, spec: spec,
      requirements: Requirements(memory: memory), directorySuffix: "1\(attempt)",
      untilBuried: untilBuried)
    return RunnerActor(
      order, incarnation: incarnation, bootID: "boot",
      journal: StateDirectory(configuration.stateDirectory).journalSlot(Int(attempt)),
      configuration: configuration, sampler: sampler, spool: spool, reactor: reactor, log: log)
  }

  /// Runs a job to its end.
  func end(of spec: JobSpec, memory: Megabytes = 1024) async throws -> RunEnd {
    try #require(await runner(spec, memory: memory).end { _ in })
  }

  /// What a job wrote to a file of its working directory.
  func result(_ end: RunEnd, _ name: String) -> String? {
    contents(of: base + end.actualCwd + "/" + name)
  }

  /// Whether anything of the harness is still in its state directory.
  var leftovers: [String] {
    slots(in: configuration.stateDirectory + "/journal")
      + names(in: configuration.stateDirectory).filter { $0 != "journal" && $0 != "spool" }
  }
}

/// Whether a process runs, and is not merely waiting to be reaped.
func isAlive(_ pid: Int32) -> Bool {
  guard let stat = ProcessScan.stat(of: pid) else { return false }
  return !stat.isDead
}

/// Waits for something another process does.
func eventually(
  within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws -> Bool {
  let deadline = Instant.now + limit
  while Instant.now < deadline {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return try await condition()
}

extension RunnerActor {
  /// Runs the attempt, to its end; nil if it is discarded.
  func end(started: @Sendable (RunStart) async -> Void) async -> RunEnd? {
    if case .ended(let end) = await run(started: started) { end } else { nil }
  }
}
