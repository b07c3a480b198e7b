import Foundation
import Testing

/// Pausing, draining and backing up a manager that works, by the command line and by REST.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ManagerModeTests {
  @Test func aPausedManagerStartsNothingUntilItResumes() throws {
    try withManager { manager in
      let paused = try manager.wr("manager", "pause")
      #expect(paused.status == 0)
      #expect(
        paused.output
          == "info: wr manager running on localhost:\(manager.managerPort) is now paused;"
          + " no job is running\n")
      #expect(try manager.post(#"[{"cmd":"true","rep_grp":"r"}]"#).status == 201)
      #expect(try manager.get("/rest/v1/info/").body.contains(#""Mode":"paused""#))
      let waiting = try manager.get("/rest/v1/jobs/r").jobs[0]
      #expect(waiting["State"] as? String == "ready")
      #expect(waiting["Waiting"] as? [String] == ["the manager is paused"])
      let resumed = try manager.wr("manager", "resume")
      #expect(
        resumed.output
          == "info: wr manager running on localhost:\(manager.managerPort) has resumed\n")
      _ = try manager.wait("/rest/v1/jobs/r", for: "complete")
    }
  }

  @Test func aDrainingManagerEndsByItselfOnceNothingRuns() throws {
    try withManager(options: ["--max_cores", "1"]) { manager in
      let go = manager.directory.appendingPathComponent("go").path
      let cmd = "while [ ! -e \(go) ]; do sleep 0.05; done"
      _ = try manager.post(
        #"[{"cmd":"\#(cmd)","rep_grp":"a","cpus":1,"time":"1m"},{"cmd":"true","rep_grp":"b","cpus":1}]"#
      )
      _ = try manager.wait("/rest/v1/jobs/a", for: "running")
      let pid = try manager.pid
      let drained = try manager.curl("POST", "/rest/v1/manager/drain")
      #expect(drained.status == 200)
      let figures = drained.json as? [String: Any]
      #expect(figures?["Mode"] as? String == "draining")
      #expect(figures?["Running"] as? Int == 1)
      #expect((1...60).contains(figures?["Seconds"] as? Int ?? 0))
      let again = try manager.wr("manager", "drain")
      #expect(again.output.contains("is now draining; 1 job is still running and should be"))
      let refused = try manager.wr("manager", "resume")
      #expect(refused.status == 1)
      #expect(refused.errors == "EROR server is being drained\n")
      #expect(try manager.post(#"[{"cmd":"echo later","rep_grp":"c"}]"#).status == 201)
      _ = FileManager.default.createFile(atPath: go, contents: nil)
      try waitForEnd(of: pid)
      #expect(try manager.start(options: ["--max_cores", "1"]).status == 0)
      for group in ["a", "b", "c"] {
        let done = try manager.wait("/rest/v1/jobs/\(group)", for: "complete")[0]
        #expect(done["Attempts"] as? Int == 1, "\(group)")
      }
    }
  }

  @Test func aBackupIsAWholeDatabaseThatAManagerStartsFrom() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"done"}]"#)
      _ = try manager.wait("/rest/v1/jobs/done", for: "complete")
      _ = try manager.post(#"[{"cmd":"false","rep_grp":"failed"}]"#)
      _ = try manager.wait("/rest/v1/jobs/failed", for: "buried")
      // Relative to where the command is called.
      let made = try manager.wr("manager", "backup", "--path", "copy")
      let copy = manager.directory.appendingPathComponent("copy").path
      #expect(made.output == "info: the database was backed up to \(copy)\n")
      let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(try manager.wr("manager", "stop").status == 0)
      let files = manager.managerDirectory
      for name in ["db", "db_bk"] {
        try FileManager.default.removeItem(at: files.appendingPathComponent(name))
      }
      try FileManager.default.moveItem(
        atPath: copy, toPath: files.appendingPathComponent("db").path)
      #expect(try manager.start().status == 0)
      _ = try manager.wait("/rest/v1/jobs/done", for: "complete")
      _ = try manager.wait("/rest/v1/jobs/failed", for: "buried")
    }
  }

  @Test(arguments: [
    ("", "path is required"), ("?path=copy", "path is required"),
    ("?path=/nowhere/copy", "/nowhere/copy"),
  ])
  func aBackupThatCannotBeMadeSaysWhy(query: String, words: String) throws {
    try withManager { manager in
      let answer = try manager.curl("POST", "/rest/v1/manager/backup\(query)")
      #expect(answer.status == (query.contains("nowhere") ? 503 : 400))
      #expect(answer.body.contains(words))
    }
  }
}
