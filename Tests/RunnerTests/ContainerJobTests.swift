import Glibc
import Jobs
import Testing

@testable import Runner

/// Jobs with containers, with a recorded engine and a program that stands for docker's client.
@Suite(.timeLimit(.minutes(1)))
struct ContainerJobTests {
  /// Notes how it was called, and is its own container: `docker run --rm --name NAME …`.
  private static let client = """
    #!/bin/bash
    printf '%s\\n' "$@" > called
    cp "$STATISTICS" "$CONTAINERS/$4"
    /bin/sh
    code=$?
    rm "$CONTAINERS/$4"
    exit $code
    """

  /// Runs a test with an engine, and `docker` on the path.
  private func withEngine(
    _ body: (RunnerHarness, Scratch, RecordedEngine) async throws -> Void
  ) async throws {
    let tools = Scratch()
    tools.directory("bin")
    tools.executable("bin/docker", Self.client)
    tools.file("statistics", RecordedEngine.statistics(rss: 70 << 20, cpu: 5_000_000_000))
    let engine = RecordedEngine()
    defer { engine.stop() }
    let environment = [
      "PATH=\(tools["bin"]):/usr/bin:/bin", "DOCKER_HOST=\(engine.host)",
      "CONTAINERS=\(engine.containers)", "STATISTICS=\(tools["statistics"])",
    ]
    try await RunnerHarness.run(.init(environment: environment)) { harness, scratch in
      try await body(harness, scratch, engine)
    }
  }

  @Test func aJobInAContainerIsMeasuredWithIt() async throws {
    try await withEngine { harness, scratch, engine in
      let runner = harness.runner(
        JobSpec(
          cmd: "echo \"it's $A\"; until [ -e \(scratch["go"]) ]; do sleep 0.02; done; exit 3",
          withDocker: "an image", environment: ["A=job"]))
      let key = "\(runner.order.key)"
      async let ended = runner.end { _ in }
      let isMeasured = try await eventually {
        engine.requests.contains("GET /containers/id-\(key)/stats?stream=false&one-shot=true")
      }
      #expect(isMeasured)
      scratch.file("go")
      let end = try #require(await ended)
      #expect(end.exitCode == 3)
      #expect(end.stdout == "it's job")
      #expect(end.peakMemory == 70)
      #expect(end.cpuTime > .seconds(5) && end.cpuTime < .seconds(10))
      let cwd = harness.base + end.actualCwd
      #expect(
        harness.result(end, "called")
          == [
            "run", "--rm", "--name", key, "-w", cwd, "--mount",
            "type=bind,source=\(cwd),target=\(cwd)", "-e", "A", "-i", "an image", "/bin/sh", "",
          ].joined(separator: "\n"))
      #expect(engine.requests.first == "DELETE /containers/\(key)?force=false")
      #expect(harness.leftovers == [])
    }
  }

  @Test func aKillEndsTheContainerToo() async throws {
    try await withEngine { harness, _, engine in
      let runner = harness.runner(JobSpec(cmd: "sleep 300", withDocker: "image"))
      let key = "\(runner.order.key)"
      async let ended = runner.end { _ in }
      let isThere = try await eventually { engine.isRunning(key) }
      #expect(isThere)
      await runner.kill(for: .user)
      #expect(await ended?.verdict == .bury(.killed))
      #expect(!engine.isRunning(key))
      #expect(engine.requests.last == "DELETE /containers/\(key)?force=true")
    }
  }

  @Test(arguments: ["mine", "?", "mine.cid", "m*.cid"])
  func aContainerThatTheCommandStartsIsFound(wanted: String) async throws {
    try await withEngine { harness, _, engine in
      engine.start("before")
      let runner = harness.runner(
        JobSpec(
          cmd: "cp $STATISTICS $CONTAINERS/mine; echo id-mine > mine.cid; sleep 300",
          monitorDocker: wanted))
      async let ended = runner.end { _ in }
      let isMeasured = try await eventually {
        engine.requests.contains { $0.hasPrefix("GET /containers/id-mine/stats") }
      }
      #expect(isMeasured)
      await runner.kill(for: .user)
      let end = try #require(await ended)
      #expect(end.verdict == .bury(.killed))
      #expect(end.peakMemory == 70)
      #expect(engine.requests.contains("POST /containers/id-mine/kill?signal=SIGKILL"))
      #expect(!engine.isRunning("mine"))
      #expect(engine.isRunning("before"))
    }
  }

  @Test func aContainerThatWasThereBeforeIsNotTheJobs() async throws {
    try await withEngine { harness, _, engine in
      engine.start("mine")
      let runner = harness.runner(JobSpec(cmd: "sleep 300", monitorDocker: "mine"))
      let end = await runner.end { _ in await runner.kill(for: .user) }
      #expect(end?.verdict == .bury(.killed))
      #expect(engine.isRunning("mine"))
      #expect(engine.requests.allSatisfy { $0 == "GET /containers/json" })
    }
  }

  @Test func aContainerOverTheLimitsOfJobAndMachineEndsTheJob() async throws {
    let engine = RecordedEngine()
    defer { engine.stop() }
    let settings = RunnerHarness.Settings(
      environment: ["DOCKER_HOST=\(engine.host)"], memory: 100)
    try await RunnerHarness.run(settings) { harness, _ in
      let runner = harness.runner(JobSpec(cmd: "sleep 300", monitorDocker: "big"), memory: 20)
      let end = await runner.end { _ in
        engine.start("big", statistics: RecordedEngine.statistics(rss: 200 << 20, cpu: 0))
      }
      #expect(end?.verdict == .release(.memory))
      #expect(end?.peakMemory == 200)
      #expect(!engine.isRunning("big"))
    }
  }

  @Test func withoutAnEngineTheJobIsBuried() async throws {
    let engine = RecordedEngine()
    defer { engine.stop() }
    let elsewhere = Scratch()
    let rows: [(JobSpec, [String], String)] = [
      (JobSpec(cmd: "true", monitorDocker: "?"), ["unix://\(elsewhere["none"])"], "No such file"),
      (JobSpec(cmd: "true", withDocker: "i"), [engine.host, "PATH=/nowhere"], "no docker in PATH"),
      (JobSpec(cmd: "true", monitorDocker: "x"), ["tcp://127.0.0.1:1"], "not a unix socket"),
    ]
    try await RunnerHarness.run { harness, _ in
      for (spec, environment, words) in rows {
        var spec = spec
        spec.environment = ["DOCKER_HOST=\(environment[0])"] + environment.dropFirst()
        let end = try await harness.end(of: spec)
        #expect(end.verdict == .bury(.docker))
        #expect(end.start == nil)
        #expect(end.stderr.contains(words), "\(end.stderr)")
      }
      #expect(names(in: harness.base) == [], "the unused directories are removed")
      #expect(harness.leftovers == [])
    }
  }

  @Test func anEngineThatGoesAwayIsLoggedAndHarmsNothing() async throws {
    try await withEngine { harness, scratch, engine in
      let runner = harness.runner(
        JobSpec(
          cmd: "until [ -e \(scratch["go"]) ]; do sleep 0.02; done", monitorDocker: "none"))
      async let ended = runner.end { _ in engine.stop() }
      let isLogged = try await eventually { harness.logged.contains("cannot be measured") }
      #expect(isLogged)
      scratch.file("go")
      #expect(await ended?.verdict == .complete)
    }
  }

  @Test func whatALostAttemptLeftInItsContainerIsEnded() async throws {
    try await withEngine { harness, _, engine in
      var order = harness.runner(JobSpec(cmd: "true", withDocker: "image")).order
      let configuration = harness.configuration
      func recover() async {
        let entry = JournalEntry(order: order, incarnation: Incarnation("old"), bootID: "boot")
        await RunnerActor(
          recovering: entry, journal: harness.runner(JobSpec(cmd: "true")).journal,
          configuration: configuration, sampler: harness.sampler, spool: harness.spool,
          reactor: harness.reactor, log: harness.log
        ).endLeftContainer()
      }
      engine.start("\(order.key)")
      await recover()
      #expect(!engine.isRunning("\(order.key)"))
      // Of other containers it is not known whose they are.
      engine.start("named")
      order.spec.withDocker = ""
      order.spec.monitorDocker = "named"
      await recover()
      #expect(engine.isRunning("named"))
      #expect(harness.logged == "")
    }
  }
}
