import Foundation
import Testing

/// `wr status` in every format, against a real manager.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StatusCommandTests {
  private static let failing = "c9dc60fbcf5ec245bd26f84a278caf04"

  /// Two jobs that failed alike, one that is complete, one that waits.
  private func prepare(_ manager: TestManager) throws {
    let input = """
      echo out; echo err >&2; exit 3\t{"rep_grp":"bad","retries":0}
      exit 3\t{"rep_grp":"bad","retries":0}
      true\t{"rep_grp":"good"}

      """
    #expect(try manager.wr(input: input, "add").status == 0)
    _ = try manager.wait("/rest/v1/jobs/bad", for: "buried")
    _ = try manager.wait("/rest/v1/jobs/good", for: "complete")
    #expect(try manager.wr(input: "sleep 5\n", "add", "-i", "wait", "-m", "1P").status == 0)
    _ = try manager.wr("manager", "pause")
    #expect(try manager.wr(input: "sleep 6\n", "add", "-i", "wait").status == 0)
    _ = try manager.wait("/rest/v1/jobs/wait", for: "ready", "buried")
  }

  @Test func everyFormatIsAsDocumented() throws {
    try withManager { manager in
      try prepare(manager)
      func status(_ arguments: String...) throws -> TestManager.Outcome {
        let outcome = try manager.run(TestManager.wr, ["status"] + arguments)
        #expect(outcome.errors == "", "\(arguments)")
        return outcome
      }
      #expect(
        try status("-o", "counts").output == """
          complete: 0
          running: 0
          ready: 1
          dependent: 0
          lost contact: 0
          delayed: 0
          buried: 3


          """)
      #expect(try status("-o", "c", "-z", "-i", "o").output.hasPrefix("complete: 1\nrunning: 0\n"))
      #expect(try status("-o", "c", "-b").output.hasSuffix("delayed: 0\nburied: 3\n\n"))
      let plain = try status("-o", "plain", "-i", "bad")
      #expect(plain.status == 1, "some are buried")
      #expect(plain.output.split(separator: "\n").count == 2)
      #expect(plain.output.hasPrefix("\(Self.failing)\tburied\n"))
      let good = try status("-o", "p", "-i", "good")
      #expect(good.status == 0)
      #expect(good.output.hasSuffix("\tcomplete\n"))
      #expect(try status("-o", "p", "-y", "-i", Self.failing).output == "\(Self.failing)\tburied\n")
      #expect(
        try golden(status("-o", "summary", "-i", "o", "-z").output, manager) == """
          good : complete=1 running=0 ready=0 dependent=0 lost=0 delayed=0 buried=0 memory=M disk=M \
          walltime=T cputime=T


          """)
      let summary = try status("-o", "s").output
      #expect(
        summary.contains(
          "bad : complete=0 running=0 ready=0 dependent=0 lost=0 delayed=0 buried=2"
            + " exitcode.3,\"command exited non-zero\"=\(Self.failing),"))
      #expect(
        summary.contains(
          "\nall above : complete=0 running=0 ready=1 dependent=0 lost=0 delayed=0 buried=3\n"))
      #expect(try golden(status("-i", "bad").output, manager) == Self.details)
      let all = try status("-i", "bad", "--limit", "0").output
      #expect(all.contains("\n# exit 3\n") && !all.contains("other commands"))
      let table = try status("-o", "table", "-i", "bad").output.split(separator: "\n")
      #expect(
        table[0]
          == "command                               id                                status        attempts  host              reqgroup            count"
      )
      #expect(table[1].hasSuffix("  echo                    2"))
      let json = try status("-o", "json", "-i", "good").output
      #expect(json.hasPrefix("[{\"Key\":\"") && json.hasSuffix("}]\n\n"))
      #expect(json.contains("\"State\":\"complete\""))
      #expect(try status("-i", "wait", "-e").output.contains("\nEnv: ["))
      #expect(try status("-i", "nothing").output == "\n")
      #expect(try status("-i", "nothing", "-o", "j").output == "[]\n\n")
    }
  }

  private static let details = """

    # echo out; echo err >&2; exit 3
    Cwd: DIR/UNIQUE
    Behaviours: {"on_exit":[{"cleanup":true}]}
    Id: bad (c9dc60fbcf5ec245bd26f84a278caf04); Requirements group: echo; Priority: 0; Attempts: 1
    Expected requirements: { memory: 1024MB; time: 1h0m0s; cpus: 1 disk: 0GB }
    Status: buried - fix the problem, then `wr retry` it
    Previous problem: command exited non-zero
    Stats: { Exit code: 3; Peak memory: NMB; Peak disk: 0MB; Wall time: T; CPU time: T }
    Host: HOST (IP: IP); Pid: N
    StdOut:
    out
    StdErr:
    err
    + 1 other commands with the same status, exit code and problem


    """

  @Test func jobsAreChosenInManyWays() throws {
    try withManager { manager in
      try prepare(manager)
      func keys(_ arguments: String...) throws -> Int {
        let outcome = try manager.run(TestManager.wr, ["status", "-o", "p"] + arguments)
        return outcome.output.split(separator: "\n").count
      }
      #expect(try keys() == 4, "all incomplete ones")
      #expect(try keys("-l", "exit 3") == 1)
      #expect(try keys("-l", "exit 4") == 0)
      #expect(try keys("--host", "nowhere") == 0)
      #expect(try keys("-r") == 0)
      #expect(try keys("-b") == 3)
      #expect(try keys("--recent", "1w", "-i", "bad") == 2)
      #expect(try keys("--recent", "1w") == 2, "those that wait have neither started nor ended")
      let file = manager.directory.appendingPathComponent("list")
      try Data("exit 3\ntrue\nnever added\n".utf8).write(to: file)
      let listed = try manager.wr("status", "-o", "p", "-f", file.path)
      #expect(listed.output.split(separator: "\n").count == 2)
      #expect(listed.errors == "WARN 1/3 cmds were not found\n")
      let both = try manager.wr("status", "-i", "a", "-l", "b")
      #expect(both.errors == "EROR -f, -i, -l and -a are mutually exclusive\n")
      let format = try manager.wr("status", "-o", "xml")
      #expect(format.status == 1)
      #expect(format.errors.hasPrefix("EROR invalid -o format specified"))
    }
  }

  @Test func theTableHasTheColumnsOfTheEnvironment() throws {
    try withManager(environment: ["WR_STATUS_FORMAT": "status:8 command:6"]) { manager in
      _ = try manager.wr("manager", "pause")
      _ = try manager.wr(input: "sleep 5\n", "add")
      #expect(
        try manager.wr("status", "-o", "t").output == "status    com...\nready     sle...\n\n")
    }
  }
}
