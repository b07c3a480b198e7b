import Foundation
import Testing

/// The sub-commands that act on jobs, against a real manager.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ActionCommandTests {
  @Test func runningCommandsAreKilledAndRetriedAndRemoved() throws {
    try withManager { manager in
      _ = try manager.wr(input: "sleep 600\nsleep 601\n", "add", "-i", "s", "--cpus", "0")
      _ = try manager.wait("/rest/v1/jobs/s", for: "running")
      let young = try manager.wr("kill", "-i", "s", "--age", "1h")
      #expect(young.status == 1)
      #expect(young.errors == "EROR No matching jobs were older than 1h0m0s\n")
      let one = try manager.wr("kill", "-l", "sleep 600", "--age", "1ms")
      #expect(
        one.errors == "INFO Initiated the termination of 1 running commands (out of 1 eligible)\n")
      let other = try manager.wr("kill", "-a", "--json")
      #expect(other.output.hasSuffix("}\n"))
      _ = try manager.wait("/rest/v1/jobs/s", for: "buried")
      let lost = try manager.wr("kill", "-a", "--confirmdead")
      #expect(lost.errors == "EROR No matching jobs found\n")
      let retried = try manager.wr("retry", "-l", "sleep 601")
      #expect(retried.errors == "INFO Initiated retry of 1 buried commands (out of 1 eligible)\n")
      #expect(retried.output == "")
      _ = try manager.wait("/rest/v1/jobs/s?state=running") { $0.count == 1 }
      let buried = try manager.wr("remove", "-a", "-b")
      #expect(buried.errors == "INFO Removed 1 buried commands (out of 1 eligible)\n")
      #expect(try manager.wr("remove", "-i", "s").errors == "EROR No matching jobs found\n")
      _ = try manager.wr("kill", "-i", "s")
      _ = try manager.wait("/rest/v1/jobs/s", for: "buried")
    }
  }

  @Test func suspendedCommandsGoOnWhenTheyAreResumed() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      _ = try manager.wr(input: "echo a\necho b\n", "add", "-i", "s")
      let suspended = try manager.wr("suspend", "-i", "s")
      #expect(suspended.output == "Suspended 2 queued commands (out of 2 matching)\n")
      #expect(try manager.wr("resume", "-l", "echo b").status == 0)
      _ = try manager.wr("manager", "resume")
      _ = try manager.wait("/rest/v1/jobs/s?state=complete") { $0.count == 1 }
      let waits = try manager.wr("status", "-o", "p", "--suspended").output
      #expect(waits.hasSuffix("\tsuspended\n"))
      #expect(
        try manager.wr("why", "-i", "s").output.contains("suspended until somebody resumes it"))
      // It stays so through a restart of the manager.
      #expect(try manager.wr("manager", "stop").status == 0)
      #expect(try manager.start().status == 0)
      #expect(try manager.wr("wait", "-i", "s").status == 1, "nobody resumes it")
      let resumed = try manager.wr("resume", "-a")
      #expect(resumed.output == "Resumed 1 suspended commands (out of 1 matching)\n")
      #expect(try manager.wr("wait", "-i", "s").status == 0)
      #expect(try manager.wr("suspend", "-i", "s").errors == "EROR No matching jobs found\n")
    }
  }

  @Test func whatOthersDependOnStays() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      _ = try manager.wr(input: "echo a\n", "add", "-i", "a", "--dep_grps", "d")
      _ = try manager.wr(input: "echo b\n", "add", "-i", "b", "--deps", "d")
      let kept = try manager.wr("remove", "-i", "a")
      #expect(
        kept.errors == "INFO Removed 0 incomplete, non-running commands (out of 1 eligible)\n")
      let both = try manager.wr("remove", "-a")
      #expect(
        both.errors == "INFO Removed 2 incomplete, non-running commands (out of 2 eligible)\n")
    }
  }

  @Test(arguments: ["kill", "remove", "retry"])
  func somethingMustBeChosenAndBeThere(verb: String) throws {
    try withManager { manager in
      let nothing = try manager.wr(verb)
      #expect(nothing.status == 1)
      #expect(nothing.errors == "EROR 1 of -f, -i, -l or -a is required\n")
      for choice in [["-i", "x"], ["-z", "-i", "x"], ["-l", "x"], ["-a"]] {
        let absent = try manager.run(TestManager.wr, [verb] + choice)
        #expect(absent.status == 1)
        #expect(absent.errors.hasSuffix("EROR No matching jobs found\n"))
      }
      let key = try manager.wr(verb, "-y", "-i", "x")
      #expect(
        key.errors == "EROR -i takes 32 lower-case hexadecimal digits with -y, not \"x\"\n")
    }
  }
}
