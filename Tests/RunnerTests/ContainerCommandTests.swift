import Glibc
import Jobs
import Testing

@testable import Runner

/// Runs containers' command lines with programs that stand for the engines.
@Suite(.timeLimit(.minutes(1)))
struct ContainerCommandTests {
  /// A program that notes how it was called, and has a shell read its standard input.
  private static let engine = """
    #!/bin/bash
    printf '%s\\n' "$@" > called
    stat -c %a "$(ls "$STATE"/command.*)" > mode
    exec /bin/sh
    """

  @Test func singularityReadsTheCommandFromAFileThatIsGoneAfterwards() async throws {
    let scratch = Scratch()
    scratch.directory("bin")
    scratch.executable("bin/singularity", Self.engine)
    let settings = RunnerHarness.Settings(environment: ["PATH=\(scratch["bin"]):/usr/bin:/bin"])
    try await RunnerHarness.run(settings) { harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "echo \"$A 'b'\" > said; exit 5", withSingularity: "an image",
          containerMounts: "/a:/b", environment: ["STATE=\(harness.configuration.stateDirectory)"]
        ))
      #expect(end.exitCode == 5, "\(end.stderr)")
      #expect(harness.result(end, "said") == "host 'b'\n")
      #expect(harness.result(end, "called") == "shell\n-B\n/a:/b\nan image\n")
      #expect(harness.result(end, "mode") == "600\n")
      #expect(harness.leftovers == [])
    }
  }

  @Test func singularityThatIsNotThereIsACommandNotFound() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: "true", withSingularity: "image"))
      #expect(end.verdict == .bury(.commandNotFound))
      #expect(end.stderr.contains("singularity"))
      #expect(harness.leftovers == [])
    }
  }

  @Test func modulesAreLoadedBeforeTheCommand() async throws {
    // Modules are a function of the shell, which bash takes from the environment.
    let settings = RunnerHarness.Settings(environment: [
      "BASH_FUNC_module%%=() { printf '%s\n' \"$@\" > loaded; }"
    ])
    try await RunnerHarness.run(settings) { harness, _ in
      let end = try await harness.end(
        of: JobSpec(cmd: "cat loaded > seen", modules: ["gcc/1", "two words"]))
      #expect(end.verdict == .complete)
      #expect(harness.result(end, "seen") == "load\n--force\ngcc/1\ntwo words\n")
    }
  }

  @Test(arguments: [
    ("", []), ("/a", [["/a", "/a"]]), ("/a:/b", [["/a", "/b"]]),
    ("/a:/b,/c,", [["/a", "/b"], ["/c", "/c"]]), ("/a:/b:ro", [["/a", "/b:ro"]]),
  ])
  func mountsAreRead(_ example: (String, [[String]])) {
    let mounts = ContainerCommand.mounts(example.0).map { [String($0.outside), String($0.inside)] }
    #expect(mounts == example.1)
  }
}
