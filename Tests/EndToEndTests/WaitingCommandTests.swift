import Foundation
import Testing

/// `wr wait`, `watch`, `why`, `mod` and what needs no manager, against a real manager.
@Suite(.serialized, .timeLimit(.minutes(3))) struct WaitingCommandTests {
  @Test func waitTellsHowJobsHaveEnded() throws {
    try withManager { manager in
      _ = try manager.wr(input: "sleep 0.2\n", "add", "-i", "good")
      let good = try manager.wr("wait", "-i", "good")
      #expect(good.status == 0)
      #expect(
        good.errors
          == "INFO complete=1 running=0 ready=0 dependent=0 lost=0 delayed=0 buried=0\n")
      let added = try manager.wr(
        input: "sleep 0.2; false\n", "add", "-i", "bad", "-r", "0", "-s", "-e", "d")
      let id = added.output.trimmingCharacters(in: .newlines)
      _ = try manager.wr(input: "echo after\n", "add", "-i", "bad", "--deps", "d")
      #expect(try manager.wr("wait", id).status == 1)
      #expect(try manager.wr("wait", "-i", "bad", "--fail-fast").status == 1)
      let stuck = try manager.wr("wait", "-i", "bad", "--json")
      #expect(stuck.status == 1, "the dependant never goes on")
      #expect(
        stuck.output
          == #"{"complete":0,"running":0,"ready":0,"dependent":1,"lost":0,"delayed":0,"buried":1,"#
          + #""suspended":0}"#
          + "\n")
      _ = try manager.wr("manager", "pause")
      _ = try manager.wr(input: "sleep 5\n", "add", "-i", "long")
      let late = try manager.wr("wait", "-i", "long", "--for", "50ms")
      #expect(late.status == 2)
      #expect(late.errors.hasPrefix("INFO the time is over: complete=0"))
      #expect(try manager.wr("wait", "-i", "nobody").errors == "EROR No matching jobs found\n")
    }
  }

  @Test func watchPrintsLinesWhereThereIsNoTerminal() throws {
    try withManager { manager in
      _ = try manager.wr(input: "sleep 0.3\n", "add", "-i", "w")
      let watched = try manager.wr("watch", "-i", "w", "--interval", "20ms")
      #expect(watched.status == 0)
      let lines = watched.output.split(separator: "\n")
      #expect(lines.last == "w [####################] 1/1")
      #expect(!watched.output.contains("\u{1b}"))
    }
  }

  @Test func whySaysWhyAJobWaits() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      let id = try manager.wr(input: "echo hi\n", "add", "-s").output
        .trimmingCharacters(in: .newlines)
      #expect(try manager.wr("why", id).output == "\(id) is ready: the manager is paused\n")
      let json = try manager.wr("why", "-i", "manually_added", "--json")
      #expect(
        json.output
          == "[{\"Key\":\"\(id)\",\"State\":\"ready\",\"Why\":[\"the manager is paused\"]}]\n")
      #expect(
        try manager.wr("why", "x").errors
          == "EROR an id has 32 lower-case hexadecimal digits, unlike \"x\"\n")
    }
  }

  @Test func modChangesJobsThatWait() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      _ = try manager.wr(input: "echo a\n", "add", "-i", "a", "--cwd_matters", "--queue", "q")
      _ = try manager.wr(input: "echo b\n", "add", "-i", "b")
      let both = try manager.wr("mod", "-a", "-m", "2G", "-p", "7", "--queue", "")
      #expect(both.status == 0)
      #expect(
        both.errors == "INFO Modified 2 incomplete, non-running commands (out of 2 eligible)\n")
      #expect(both.output.split(separator: "\n").count == 2)
      let a = try manager.get("/rest/v1/jobs/a").jobs[0]
      #expect(a["ExpectedRAM"] as? Int == 2048)
      #expect(a["Priority"] as? Int == 7)
      #expect(a["OtherRequests"] is NSNull)
      let old = try #require(a["Key"] as? String)
      let renamed = try manager.wr("mod", "-i", "a", "--cmdline", "sleep 5", "--unset_cwd_matters")
      #expect(renamed.output == " \(old) => ea4266bc0fc7dd493caeb2fff1963e4a\n")
      for (arguments, words) in [
        (["-a"], "nothing is to change"), (["-p", "1"], "1 of -i or -a is required"),
        (["-a", "--cmdline", "x"], "--cmdline can change a single job only, not 2"),
        (["-a", "-p", "300"], "priority value (300)"),
        (["-i", "x", "-p", "1"], "No matching jobs"),
      ] {
        let refused = try manager.run(TestManager.wr, ["mod"] + arguments)
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("EROR \(words)"), "\(refused.errors)")
      }
    }
  }

  @Test func settingsAreShownWithTheirSource() throws {
    try withManager { manager in
      let conf = try manager.wr("conf")
      #expect(conf.status == 0)
      let port = conf.output.split(separator: "\n").first { $0.contains("managerport") }
      #expect(port?.contains("\(manager.managerPort)") == true)
      #expect(port?.contains("WR_MANAGERPORT") == true)
      let template = try manager.wr("conf", "--default").output
      #expect(template.contains("\n# managerscheduler: \"local\"\n"))
      for command in [["help"], ["help", "add"], ["add", "-h"], ["man"], ["completion", "zsh"]] {
        let help = try manager.run(TestManager.wr, command)
        #expect(help.status == 0)
        #expect(help.errors == "")
        #expect(help.output.contains("add"))
      }
    }
  }
}
