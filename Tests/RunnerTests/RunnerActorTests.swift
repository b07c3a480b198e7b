import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(1)))
struct RunnerActorTests {
  @Test func aCommandThatSucceedsIsComplete() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: "echo out; echo err >&2; echo x > file"))
      #expect(end.verdict == .complete)
      #expect(end.exited)
      #expect(end.exitCode == 0)
      #expect(end.stdout == "" && end.stderr == "", "kept only after failures")
      #expect(end.peakMemory >= 1)
      #expect(end.walltime > .zero && end.walltime < .seconds(30))
      #expect(end.cpuTime > .zero)
      let start = try #require(end.start)
      #expect(start.pid > 1)
      #expect(start.startedAt <= end.endedAt)
      #expect(end.actualCwd.hasPrefix("/wr_cwd/") && end.actualCwd.hasSuffix("/cwd"))
      #expect(harness.result(end, "file") == "x\n")
      #expect(harness.leftovers == [])
    }
  }

  static let endings: [(String, Verdict, Int)] = [
    ("exit 3", .release(.exit), 3),
    ("exit 126", .bury(.permission), 126),
    ("/etc/passwd", .bury(.permission), 126),
    ("no-such-command-anywhere", .bury(.commandNotFound), 127),
    ("exit 128", .bury(.invalidExitCode), 128),
    ("kill -SEGV $$", .release(.exit), -1),
    ("kill -KILL $$", .release(.exit), -1),
    ("false | true", .release(.exit), 1),
    ("false |true", .complete, 0),
    ("true | cat", .complete, 0),
  ]

  @Test(arguments: endings)
  func theWayACommandEndsDecides(_ example: (String, Verdict, Int)) async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: example.0))
      #expect(end.verdict == example.1)
      #expect(end.exitCode == example.2)
    }
  }

  @Test func whatAFailedCommandWroteIsKept() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(cmd: #"printf '0%%\r50%%\r100%%\n\n'; printf 'caf\xe9' >&2; exit 1"#))
      #expect(end.stdout == "0%\n[...]\n100%")
      #expect(end.stderr == "caf\u{fffd}")
    }
  }

  @Test func moreThanAPipeHoldsOnBothStreamsNeverBlocksTheCommand() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "head -c 3000000 /dev/zero | tr '\\0' e; "
            + "head -c 3000000 /dev/zero | tr '\\0' f >&2; exit 1"))
      #expect(end.exitCode == 1)
      #expect(end.stdout.contains("... omitting \(3_000_000 - 8192) bytes ..."))
      #expect(end.stderr.contains("... omitting \(3_000_000 - 8192) bytes ..."))
    }
  }

  @Test func theWorkedExampleOfLongLinesHolds() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 65536 /dev/zero | tr '\\0' e; echo; "
            + "done >&2; false"))
      #expect(end.stderr.contains("\n... omitting 647178 bytes ...\n"))
    }
  }

  @Test func theEnvironmentIsTheDocumentedOne() async throws {
    try await RunnerHarness.run(.init(executableDirectory: "/opt/wr dir")) {
      harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "env > vars; pwd > where; cat > stdin; exec 9>/dev/null; ls /proc/self/fd > fds",
          changeHome: true, environment: ["A=job", "B=x=y", "TMPDIR=/x"]))
      #expect(end.verdict == .complete)
      let cwd = harness.base + end.actualCwd
      let lines = try #require(harness.result(end, "vars")).split(separator: "\n")
      for line in [
        "A=job", "B=x=y", "HOME=\(cwd)", "PWD=\(cwd)",
        "TMPDIR=\(cwd.dropLast("cwd".count))tmp", "WR_MANAGERHOST=localhost", "WR_MANAGERPORT=1",
        "WR_MANAGERCERTDOMAIN=localhost", "WR_ATTEMPT=\(end.attempt)",
        "PATH=/usr/local/bin:/usr/bin:/bin:/opt/wr dir",
      ] {
        #expect(lines.contains(line[...]), "\(line)")
      }
      #expect(harness.result(end, "where") == cwd + "\n")
      #expect(harness.result(end, "stdin") == "")
      #expect(harness.leftovers == [])
    }
  }

  @Test func aCommandGetsThreeDescriptorsAndASessionOfItsOwn() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "for i in {0..99}; do [ -e /proc/$$/fd/$i ] && open+=\"$i \"; done; "
            + "echo $open > fds; cat /proc/$$/stat > stat; echo $$ > pid"))
      #expect(harness.result(end, "fds") == "0 1 2\n")
      let text = try #require(harness.result(end, "stat"))
      let stat = try #require(Array(text.utf8).withUnsafeBytes { ProcParser.stat($0) })
      #expect(stat.session == stat.pid)
      #expect(harness.result(end, "pid") == "\(end.start?.pid ?? 0)\n")
    }
  }

  @Test func aCommandWhoseDirectoryMattersRunsInIt() async throws {
    try await RunnerHarness.run { harness, scratch in
      let cwd = scratch["made/for it"]
      let end = try await harness.end(
        of: JobSpec(
          cmd: "pwd > where; echo \"$HOME ${TMPDIR-unset}\" > vars", cwd: cwd, cwdMatters: true,
          changeHome: true))
      #expect(end.verdict == .complete)
      #expect(end.actualCwd == "")
      #expect(contents(of: cwd + "/where") == cwd + "\n")
      #expect(contents(of: cwd + "/vars") == "/nowhere unset\n")
    }
  }

  @Test func temporaryFilesGoAndOthersStay() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: "touch \"$TMPDIR/t\" kept; exit 1"))
      let unique = harness.base + end.actualCwd.dropLast("/cwd".count)
      #expect(names(in: String(unique)) == ["cwd"])
      #expect(harness.result(end, "kept") == "")
    }
  }

  @Test func aBaseDirectoryWithBlanksIsMadeIfItLacks() async throws {
    try await RunnerHarness.run { harness, scratch in
      let base = scratch["not there/a b"]
      let end = try await harness.end(of: JobSpec(cmd: "pwd > where", cwd: base))
      #expect(contents(of: base + end.actualCwd + "/where") == base + end.actualCwd + "\n")
    }
  }

  @Test func aCommandRunsUnderTheGroupItNames() async throws {
    // One's own group is the one that everybody may take.
    let group = try #require(getgrgid(getgid()).map { String(cString: $0.pointee.gr_name) })
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(cmd: "id -gn > group; echo \"$A\" >&2; exit 6", unixGroup: group))
      #expect(end.exitCode == 6)
      #expect(end.stderr == "host")
      #expect(harness.result(end, "group") == group + "\n")
      #expect(harness.leftovers == [])
    }
  }

  @Test func aDirectoryThatCannotBeMadeBuries() async throws {
    try await RunnerHarness.run { harness, scratch in
      scratch.file("file")
      for matters in [true, false] {
        let end = try await harness.end(
          of: JobSpec(cmd: "true", cwd: scratch["file/below"], cwdMatters: matters))
        #expect(end.verdict == .bury(.cwd))
        #expect(end.start == nil)
        #expect(end.stderr.contains("Not a directory"))
      }
      #expect(harness.leftovers == [])
    }
  }

  @Test func aShellThatIsNotThereReleases() async throws {
    try await RunnerHarness.run(.init(shell: "no-such-shell")) { harness, _ in
      let end = try await harness.end(of: JobSpec(cmd: "true"))
      #expect(end.verdict == .release(.start))
      #expect(end.start == nil)
      #expect(end.exitCode == -1)
      #expect(end.stderr.contains("no-such-shell"))
      #expect(names(in: harness.base) == [], "the unused directory is removed")
      #expect(harness.leftovers == [])
    }
  }

  @Test func withoutModulesOnTheMachineACommandThatNeedsThemDoesNotRun() async throws {
    try await RunnerHarness.run { harness, scratch in
      let end = try await harness.end(of: JobSpec(cmd: "touch \(scratch["ran"])", modules: ["m"]))
      #expect(end.verdict == .bury(.commandNotFound))
      #expect(end.stderr.contains("module"))
      #expect(!exists(scratch["ran"]))
    }
  }

  @Test func whatThisRunnerCannotDoBuries() async throws {
    let specs: [(JobSpec, FailReason)] = [
      (JobSpec(cmd: "true", mounts: [Mount(targets: [.init(path: "bucket")])]), .mount),
      (JobSpec(cmd: "tr\0ue"), .start),
      (JobSpec(cmd: "true", environment: ["A=\0"]), .environment),
    ]
    try await RunnerHarness.run { harness, _ in
      for (spec, reason) in specs {
        let end = try await harness.end(of: spec)
        #expect(end.verdict == .bury(reason))
        #expect(end.start == nil && !end.stderr.isEmpty)
      }
    }
  }

  @Test func memoryAboveTheLimitIsSeenAndDecidesOnlyFailures() async throws {
    try await RunnerHarness.run { harness, _ in
      let hungry = "x=$(head -c 60000000 /dev/zero | tr '\\0' x); sleep 2.5; true $x"
      async let failed = harness.end(of: JobSpec(cmd: hungry + "; exit 1"), memory: 20)
      async let succeeded = harness.end(of: JobSpec(cmd: hungry), memory: 20)
      let (failure, success) = try await (failed, succeeded)
      #expect(failure.verdict == .release(.memory))
      #expect(failure.peakMemory > 50)
      #expect(success.verdict == .complete)
      #expect(success.peakMemory > 50)
    }
  }

  @Test func aJobThatEndangersTheMachineIsKilled() async throws {
    try await RunnerHarness.run(.init(memory: 100)) { harness, _ in
      let end = try await harness.end(
        of: JobSpec(cmd: "x=$(head -c 150000000 /dev/zero | tr '\\0' x); sleep 60; true $x"),
        memory: 20)
      #expect(end.verdict == .release(.memory))
      #expect(end.exitCode == -1)
    }
  }

  @Test func diskUsageAndProcessorTimeAreMeasured() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(
          cmd: "truncate -s 7M big; truncate -s 3M \"$TMPDIR/t\"; "
            + "bash -c 'i=0; while ((i < 100000)); do ((i++)); done'"))
      #expect(end.peakDisk == 10)
      #expect(end.cpuTime > .milliseconds(50))
    }
  }

  @Test func nothingIsLeftBehind() async throws {
    try await RunnerHarness.run { harness, _ in
      for round in 0..<20 {
        let end = try await harness.end(of: JobSpec(cmd: "echo \(round) | cat; exit \(round % 2)"))
        let pid = Int32(end.start?.pid ?? 0)
        #expect(ProcessScan.stat(of: pid) == nil, "not even a zombie")
      }
      #expect(harness.leftovers == [])
      #expect(slots(in: harness.configuration.stateDirectory + "/spool").count == 20)
    }
  }

  @Test func aCommandThatLinuxCannotTakeIsNotTriedAgain() async throws {
    try await RunnerHarness.run { harness, _ in
      let end = try await harness.end(
        of: JobSpec(cmd: "true " + String(repeating: "x", count: 200_000)))
      #expect(end.verdict == .bury(.start))
      #expect(end.start == nil)
      #expect(end.stderr.hasPrefix("the command or the environment is longer than Linux allows"))
      #expect(harness.leftovers == [])
    }
  }
}
