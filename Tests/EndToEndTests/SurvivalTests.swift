import Foundation
import Support
import Testing

/// What happens when the manager or its runner host is stopped, refused or killed.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SurvivalTests {
  @Test func aSecondManagerIsRefusedWithASentence() throws {
    try withManager { manager in
      let again = try manager.start()
      #expect(again.status == 1)
      #expect(again.errors.hasPrefix("EROR a manager is already running with the directory"))
      let other = manager.directory.appendingPathComponent("other").path
      let samePort = try manager.run(
        URL(fileURLWithPath: "/usr/bin/env"),
        ["WR_MANAGERDIR=\(other)", TestManager.wr.path, "manager", "start"])
      #expect(samePort.status == 1)
      #expect(samePort.errors.contains("is already in use"))
      #expect(try manager.get("/rest/v1/info/").status == 200)
    }
  }

  @Test func aManagerInTheForegroundSaysWhereItIsWhenItIsUpAndNotWhenItEnds() throws {
    try withManager { manager in
      #expect(try manager.wr("manager", "stop").status == 0)
      let (process, output) = try manager.launch("manager", "start", "-f")
      defer { process.waitUntilExit() }
      let end = Date().addingTimeInterval(60)
      func said() throws -> String { try String(contentsOfFile: output, encoding: .utf8) }
      while try !said().contains("?token="), process.isRunning, Date() < end { usleep(10_000) }
      #expect(
        try said().hasPrefix("info: wr manager started on localhost:\(manager.managerPort), pid "))
      #expect(try manager.get("/rest/v1/info/").status == 200)
      process.interrupt()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(
        try manager.text("log").contains("the manager says to stop"),
        "the host's lines go there too")
    }
  }

  @Test func onlyTheStopCommandRemovesTokenAndAddress() throws {
    try withManager { manager in
      let token = manager.token
      #expect(token.utf8.count == 43)
      for name in ["client.token", "key.pem", "ca.key", "manager.addr"] {
        let path = manager.managerDirectory.appendingPathComponent(name).path
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600, "\(name)")
      }
      let pid = try manager.pid
      kill(pid, SIGTERM)
      try waitForEnd(of: pid)
      #expect(manager.token == token)
      chmod(manager.managerDirectory.appendingPathComponent("key.pem").path, 0o644)
      #expect(try manager.text("manager.addr") == "127.0.0.1:\(manager.managerPort)")
      #expect(try manager.wr("manager", "status").output == "stopped\n")
      #expect(try manager.start().status == 0)
      #expect(manager.token == token)
      #expect(try manager.text("log").contains("key.pem could be read by others"))
      let stopped = try manager.wr("manager", "stop")
      #expect(stopped.status == 0)
      #expect(stopped.output.contains("gracefully shut down"))
      #expect(manager.token == "")
      #expect((try? manager.text("manager.addr")) == nil)
      #expect(try manager.wr("manager", "stop").status == 1)
      #expect(try manager.start().status == 0)
      #expect(manager.token != token)
    }
  }

  @Test func aManagerToldToStopWhileItsHostStartsEndsWithIt() throws {
    try withManager { manager in
      for round in 0..<8 {
        let pid = try manager.pid
        // From the very start of the host to after its connection.
        usleep(UInt32(round) * 10_000)
        kill(pid, SIGTERM)
        try waitForEnd(of: pid)
        #expect(try manager.runnerHosts() == [])
        #expect(try manager.start().status == 0)
      }
    }
  }

  @Test func aManagerThatIsKilledFindsItsRunningJobsAgain() throws {
    try withManager { manager in
      let file = manager.directory.appendingPathComponent("ran").path
      let go = manager.directory.appendingPathComponent("go").path
      let cmd = "echo ran >> \(file); while [ ! -e \(go) ]; do sleep 0.05; done"
      _ = try manager.post(#"[{"cmd":"\#(cmd)","rep_grp":"r"}]"#)
      let before = try manager.wait("/rest/v1/jobs/r", for: "running")[0]
      let pid = try manager.pid
      kill(pid, SIGKILL)
      try waitForEnd(of: pid)
      #expect(try manager.start().status == 0)
      let after = try manager.wait("/rest/v1/jobs/r", for: "running")[0]
      #expect(after["Pid"] as? Int == before["Pid"] as? Int)
      #expect(after["Attempts"] as? Int == 1)
      _ = FileManager.default.createFile(atPath: go, contents: nil)
      let done = try manager.wait("/rest/v1/jobs/r", for: "complete")[0]
      #expect(done["Attempts"] as? Int == 1)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "ran\n", "it ran once")
    }
  }

  @Test func aResultThatComesWhileTheManagerIsAwayIsRecorded() throws {
    try withManager { manager in
      let go = manager.directory.appendingPathComponent("go").path
      _ = try manager.post(
        #"[{"cmd":"while [ ! -e \#(go) ]; do sleep 0.05; done; exit 3","rep_grp":"r"}]"#)
      _ = try manager.wait("/rest/v1/jobs/r", for: "running")
      let pid = try manager.pid
      kill(pid, SIGKILL)
      try waitForEnd(of: pid)
      _ = FileManager.default.createFile(atPath: go, contents: nil)
      #expect(try manager.start().status == 0)
      let done = try manager.wait("/rest/v1/jobs/r", for: "buried")[0]
      #expect(done["Exitcode"] as? Int == 3)
      #expect(done["Attempts"] as? Int == 1)
    }
  }

  @Test func jobsGoBeforeTheManagerWhenMemoryRunsOut() throws {
    try withManager { manager in
      _ = try manager.post(
        #"[{"cmd":"cat /proc/self/oom_score_adj; exit 1","rep_grp":"r"}]"#)
      _ = try manager.wait("/rest/v1/jobs/r", for: "buried")
      let said = try manager.get("/rest/v1/jobs/r?std=true").jobs[0]["StdOut"] as? String
      let score = try String(
        contentsOfFile: "/proc/\(try manager.pid)/oom_score_adj", encoding: .utf8)
      let own = try #require(Int(score.trimmingCharacters(in: .newlines)))
      #expect(said?.trimmingCharacters(in: .newlines) == "\(max(own, 200))")
    }
  }

  @Test func jobsOfAKilledHostAreLostEndedAndSettledAndOthersRunOn() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"sleep 600","rep_grp":"r"}]"#)
      let job = try manager.wait("/rest/v1/jobs/r", for: "running")[0]
      let host = try #require(try manager.runnerHosts().first)
      kill(host, SIGKILL)
      let lost = try manager.wait("/rest/v1/jobs/r", for: "buried")[0]
      #expect(lost["FailReason"] as? String == "lost contact with runner")
      #expect(lost["Exitcode"] as? Int == -1)
      let command = try #require(job["Pid"] as? Int)
      // Whoever adopts orphans on this machine may be slow to reap what has ended.
      let left = FileManager.default.contents(atPath: "/proc/\(command)/cmdline") ?? Data()
      #expect(left.isEmpty, "what the host left running was ended")
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"after"}]"#)
      _ = try manager.wait("/rest/v1/jobs/after", for: "complete")
    }
  }

  @Test func stoppingEndsRunningJobsAndKeepsAllOthers() throws {
    try withManager(options: ["--max_cores", "1"]) { manager in
      _ = try manager.post(
        #"[{"cmd":"sleep 600","cpus":1,"rep_grp":"a","priority":9},{"cmd":"echo","cpus":1,"rep_grp":"b"}]"#
      )
      _ = try manager.wait("/rest/v1/jobs/a", for: "running")
      #expect(try manager.wr("manager", "stop").status == 0)
      #expect(try manager.runnerHosts() == [])
      #expect(try manager.start().status == 0)
      let killed = try manager.wait("/rest/v1/jobs/a", for: "buried")[0]
      #expect(killed["FailReason"] as? String == "killed by user request")
      _ = try manager.wait("/rest/v1/jobs/b", for: "complete")
      let backup = manager.managerDirectory.appendingPathComponent("db_bk").path
      #expect(FileManager.default.fileExists(atPath: backup))
    }
  }

  @Test func aStopThatKeepsJobsRunningLeavesThemToTheNextManager() throws {
    try withManager { manager in
      let go = manager.directory.appendingPathComponent("go").path
      let ran = manager.directory.appendingPathComponent("ran").path
      let cmd = "echo >> \(ran); while [ ! -e \(go) ]; do sleep 0.05; done"
      _ = try manager.post(#"[{"cmd":"\#(cmd)","rep_grp":"r"}]"#)
      let before = try manager.wait("/rest/v1/jobs/r", for: "running")[0]
      let (token, hosts) = (manager.token, try manager.runnerHosts())
      let stopped = try manager.wr("manager", "stop", "--keep-running")
      #expect(stopped.status == 0)
      #expect(stopped.output.hasSuffix("was gracefully shut down; what it ran runs on\n"))
      #expect(try manager.wr("manager", "status").output == "stopped\n")
      #expect(manager.token == token, "those who ran on must be let in again")
      #expect(try manager.runnerHosts() == hosts)
      #expect(try manager.start().status == 0)
      #expect(manager.token == token)
      let after = try manager.wait("/rest/v1/jobs/r", for: "running")[0]
      #expect(after["Pid"] as? Int == before["Pid"] as? Int)
      _ = FileManager.default.createFile(atPath: go, contents: nil)
      let done = try manager.wait("/rest/v1/jobs/r", for: "complete")[0]
      #expect(done["Attempts"] as? Int == 1)
      #expect(try manager.runnerHosts() == hosts)
      #expect(try String(contentsOfFile: ran, encoding: .utf8) == "\n", "it ran once")
    }
  }

  @Test func aDatabaseThatAnotherManagerUsesIsRefused() throws {
    try withManager { manager in
      let other = manager.directory.appendingPathComponent("other").path
      let port = freePort()
      let refused = try manager.run(
        URL(fileURLWithPath: "/usr/bin/env"),
        [
          "WR_MANAGERDIR=\(other)", "WR_MANAGERPORT=\(port)",
          "WR_MANAGERWEB=\(freePort())",
          "WR_MANAGERDBFILE=\(manager.managerDirectory.path)/db", TestManager.wr.path, "manager",
          "start",
        ])
      #expect(refused.status == 1)
      #expect(refused.errors.contains("db is in use by another manager"))
    }
  }

  @Test func developmentIsSeparateAndStartsAnewEachTime() throws {
    try withManager(options: ["--deployment", "development"]) { manager in
      let directory = manager.directory.appendingPathComponent("wr_development").path
      #expect(FileManager.default.fileExists(atPath: "\(directory)/client.token"))
      let stopped = try manager.wr("manager", "stop", "--deployment", "development")
      #expect(stopped.status == 0)
    }
  }

  @Test func nothingIsLeftBehindByManyJobs() throws {
    try withManager { manager in
      _ = try manager.post(
        #"[{"cmd":"true"}]"#,
        "?rep_grp=first&on_exit=%5B%7B%22cleanup%22%3Atrue%7D%5D&cwd=\(manager.directory.path)/work"
      )
      _ = try manager.wait("/rest/v1/jobs/first", for: "complete")
      let host = try #require(try manager.runnerHosts().first)
      let before = try [descriptors(of: manager.pid), descriptors(of: host)]
      let jobs = (0..<600).map {
        #"{"cmd":"true #\#($0)","on_exit":[{"cleanup":true}],"cwd":"\#(manager.directory.path)/work"}"#
      }
      _ = try manager.post("[\(jobs.joined(separator: ","))]", "?rep_grp=many")
      _ = try manager.wait("/rest/v1/jobs/many?limit=1", limit: 100) { jobs in
        !jobs.isEmpty && jobs.allSatisfy { $0["State"] as? String == "complete" }
      }
      // Connections that just closed may take a moment to go, also among those counted before.
      let end = Date().addingTimeInterval(20)
      // The host keeps the slots of its journal open that short commands take in turn.
      let most = [before[0], before[1] + 256]
      var after: [Int]
      repeat {
        usleep(50_000)
        after = try [descriptors(of: manager.pid), descriptors(of: host)]
      } while zip(after, most).contains(where: { $0 > $1 }) && Date() < end
      #expect(zip(after, most).allSatisfy { $0 <= $1 }, "\(after) descriptors, before \(before)")
      let children = try String(
        contentsOfFile: "/proc/\(host)/task/\(host)/children", encoding: .utf8)
      #expect(children.trimmingCharacters(in: .whitespaces) == "", "no zombies")
      let left = try FileManager.default.contentsOfDirectory(
        atPath: manager.directory.appendingPathComponent("work").path)
      #expect(left == [])
    }
  }

  private func descriptors(of pid: pid_t) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
  }
}
