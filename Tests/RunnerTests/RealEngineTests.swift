import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

private let engineHost = getenv("WR_TEST_ENGINE").map { String(cString: $0) }

/// Jobs in containers of a real engine, which `scripts/podman-check` starts: it sets
/// `WR_TEST_ENGINE` to the engine's `DOCKER_HOST` and `WR_TEST_IMAGE` to an image with a shell.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: engineHost != nil))
struct RealEngineTests {
  private static let image = getenv("WR_TEST_IMAGE").map { String(cString: $0) } ?? "busybox"

  private static let settings = RunnerHarness.Settings(environment: [
    "DOCKER_HOST=\(engineHost ?? "")",
    "PATH=" + (getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"),
  ])

  private func engine(_ harness: RunnerHarness) throws -> ContainerEngine {
    ContainerEngine(
      socket: try ContainerEngine.socket(host: engineHost), reactor: harness.reactor)
  }

  private func runs(_ name: String, _ harness: RunnerHarness) async throws -> Bool {
    try await OnReactor(harness.reactor).names(try engine(harness)).contains(name)
  }

  @Test func aJobRunsInAContainerAndIsMeasured() async throws {
    try await RunnerHarness.run(Self.settings) { harness, _ in
      // No exit code: podman 4.3 says 0 to docker's client for whatever is removed at its end.
      let end = try await harness.end(
        of: JobSpec(
          cmd: "echo \"$A in $(pwd)\" > said; i=0; "
            + "while [ $i -lt 6000000 ]; do i=$((i+1)); done",
          withDocker: Self.image, environment: ["A=job"]))
      #expect(end.verdict == .complete, "\(end.stderr)")
      #expect(harness.result(end, "said") == "job in \(harness.base + end.actualCwd)\n")
      #expect(end.cpuTime > .seconds(1), "the container's time counts")
      #expect(harness.leftovers == [])
    }
  }

  @Test func aKillEndsTheContainer() async throws {
    try await RunnerHarness.run(Self.settings) { harness, _ in
      let runner = harness.runner(
        JobSpec(cmd: "while true; do :; done", withDocker: Self.image))
      let key = "\(runner.order.key)"
      async let ended = runner.end { _ in }
      let isThere = try await eventually(within: .seconds(30)) { try await runs(key, harness) }
      #expect(isThere)
      await runner.kill(for: .user)
      let end = try #require(await ended)
      #expect(end.verdict == .bury(.killed))
      let isGone = try await eventually { try await !runs(key, harness) }
      #expect(isGone)
    }
  }

  @Test(arguments: ["?", "wr-check", "*.cid"])
  func aContainerOfTheCommandIsFoundMeasuredAndEnded(wanted: String) async throws {
    try await RunnerHarness.run(Self.settings) { harness, _ in
      let runner = harness.runner(
        JobSpec(
          cmd: "docker run --rm --name wr-check --cidfile c.cid \(Self.image) /bin/sh -c "
            + "'x=xxxxxxxxxxxxxxxx; i=0; while [ $i -lt 21 ]; do x=$x$x; i=$((i+1)); done; "
            + "while true; do :; done'", monitorDocker: wanted))
      async let ended = runner.end { _ in }
      let isMeasured = try await eventually(within: .seconds(60)) {
        await runner.containerPeak > 30
      }
      #expect(isMeasured)
      await runner.kill(for: .user)
      let end = try #require(await ended)
      #expect(end.verdict == .bury(.killed))
      #expect(end.peakMemory > 30)
      let isGone = try await eventually { try await !runs("wr-check", harness) }
      #expect(isGone)
    }
  }
}

/// Asks an engine, which is only possible on its reactor.
private actor OnReactor {
  private let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  init(_ reactor: Reactor) { self.reactor = reactor }

  func names(_ engine: ContainerEngine) async throws -> [String] {
    try await engine.running().flatMap(\.names)
  }
}
