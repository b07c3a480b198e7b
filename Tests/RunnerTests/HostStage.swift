import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// Runs a host, and a test beside it; then waits for the host to end.
func withHost(
  _ identity: LinkIdentity, idleLimit: Duration = .milliseconds(300),
  resultLimit: Duration = .seconds(3600),
  _ body: @Sendable (RunnerHost, Reactor) async throws -> Void
) async throws {
  let reactor = try Reactor()
  reactor.start()
  defer { reactor.stop() }
  var configuration = identity.configuration
  configuration.idleLimit = idleLimit
  configuration.resultLimit = resultLimit
  let log = try Log(appendingTo: identity.directory.file("log"))
  let host = RunnerHost(configuration: configuration, reactor: reactor, log: log)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask(executorPreference: reactor) { try await host.run() }
    try await body(host, reactor)
    try await group.waitForAll()
  }
}

/// Runs a manager, and a test beside it; then the manager goes away.
///
/// - Parameter owesResults: the manager goes without having taken the results. Otherwise it
///   stays until the host has heard of it, which would else wait for the next manager.
func withManager(
  _ identity: LinkIdentity, token: String = "secret", on reactor: Reactor,
  owesResults: Bool = false,
  _ body: (FakeManager) async throws -> Void
) async throws {
  let manager = try FakeManager(identity, token: token, on: reactor)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask(executorPreference: reactor) { await manager.run() }
    let result: Result<Void, any Error>
    do {
      try await body(manager)
      let isForgotten =
        owesResults ? true : try await eventually { spool(identity) == [] }
      #expect(isForgotten)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await manager.stop()
    try result.get()
  }
}

/// The attempts whose results are kept.
func spool(_ identity: LinkIdentity) -> [AttemptID] {
  let kept = try? StateDirectory(identity.configuration.stateDirectory).kept()
  return (kept ?? []).flatMap { (try? $0.content.get()) ?? [] }.map(\.attempt)
}

/// An order for the whole machine, of a command that runs in the base directory itself.
func wholeMachine(_ attempt: UInt64, _ cmd: String, in identity: LinkIdentity) -> RunOrder {
  RunOrder(
    attempt: AttemptID(attempt), key: JobKey(low: attempt, high: 1),
    spec: JobSpec(cmd: cmd, cwd: identity.directory.file("jobs"), cwdMatters: true),
    requirements: Requirements(memory: 10, cores: 1), directorySuffix: "7", untilBuried: 1,
    machine: Machine(cores: 1, memory: 4096))
}

/// A start that hangs, as on a file system that does, and fails in the end: in place of its slot of the
/// journal, which must not be there yet, is a pipe that nobody reads.
struct StuckStart {
  private let path: String

  init(of slot: Int, in identity: LinkIdentity) throws {
    path = identity.directory.file("runner/journal/\(slot)")
    try #require(mkfifo(path, 0o600) == 0)
  }

  /// Lets it go on, and waits until it has failed, which removes the pipe.
  func goOn() async throws {
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    #expect(try await eventually { !exists(path) })
  }
}
