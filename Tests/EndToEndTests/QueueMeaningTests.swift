import Foundation
import Testing

/// What only a whole manager shows of limits, retries, dependencies, learning and environments.
@Suite(.serialized, .timeLimit(.minutes(3))) struct QueueMeaningTests {
  /// A command that waits for a file, so that tests decide when it ends.
  private func waiting(for file: String) -> String {
    "while [ ! -e \(file) ]; do sleep 0.05; done"
  }

  private func touch(_ path: String) {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
  }

  private func states(_ jobs: [[String: Any]]) -> [String] {
    jobs.map { $0["State"] as? String ?? "" }.sorted()
  }

  @Test func buriedJobsAreTriedAgainByCommandLineAndByREST() throws {
    try withManager { manager in
      let file = manager.directory.appendingPathComponent("there").path
      _ = try manager.post(
        #"[{"cmd":"test -e \#(file)","rep_grp":"a"},{"cmd":"exit 127","rep_grp":"a"}]"#)
      let buried = try manager.wait("/rest/v1/jobs/a", for: "buried")
      #expect(buried.count == 2)
      let none = try manager.wr("retry", "-i", "b")
      #expect(none.status == 1)
      #expect(none.errors == "EROR No matching jobs found\n")
      let retried = try manager.wr("retry", "-i", "a")
      #expect(retried.errors == "INFO Initiated retry of 2 buried commands (out of 2 eligible)\n")
      _ = try manager.wait("/rest/v1/jobs/a") { jobs in
        jobs.allSatisfy { $0["Attempts"] as? Int == 2 && $0["State"] as? String == "buried" }
      }
      touch(file)
      let keys = buried.compactMap { $0["Key"] as? String }.joined(separator: ",")
      let answer = try manager.curl("POST", "/rest/v1/jobs/\(keys)/retry")
      #expect(answer.status == 200)
      #expect(answer.jobs.count == 2)
      let ended = try manager.wait("/rest/v1/jobs/a") { jobs in
        jobs.allSatisfy { $0["Attempts"] as? Int == 3 && $0["Pid"] as? Int != 0 }
          && Set(states(jobs)) == ["buried", "complete"]
      }
      let complete = ended.first { $0["State"] as? String == "complete" }
      #expect(complete?["FailReason"] as? String == "")
      // One that is complete is nothing to retry.
      #expect(try manager.curl("POST", "/rest/v1/jobs/\(keys)/retry").jobs.count == 1)
    }
  }

  @Test func limitsAreObeyedChangedAndSurviveARestart() throws {
    try withManager { manager in
      let go = manager.directory.appendingPathComponent("go").path
      let jobs = (1...4).map { number in
        #"{"cmd":"\#(waiting(for: go)); true \#(number)","cpus":0,"memory":"1M","#
          + #""rep_grp":"l","limit_grps":["L:1"]}"#
      }
      #expect(try manager.post("[\(jobs.joined(separator: ","))]").status == 201)
      func running(_ count: Int) throws {
        let all = try manager.wait("/rest/v1/jobs/l") { jobs in
          jobs.count { $0["State"] as? String == "running" } >= count
        }
        #expect(states(all).count { $0 == "running" || $0 == "reserved" } == count)
      }
      try running(1)
      let ready = try manager.get("/rest/v1/jobs/l?state=ready").jobs
      #expect(ready.count == 3)
      #expect(ready[0]["Waiting"] as? [String] == ["limit group L is full: 1 may run"])
      #expect(try manager.wr("limit", "-g", "L:3").output == "3\n")
      try running(3)
      #expect(try manager.wr("limit").output == "L: 3\n")
      #expect(try manager.wr("limit", "-g", "L").output == "3\n")
      #expect(try manager.wr("limit", "-g", "unknown").output == "-1\n")
      #expect(
        try manager.get("/rest/v1/limits/").body
          == #"[{"Name":"L","Limit":3,"Running":3}]"# + "\n")
      #expect(try manager.wr("manager", "stop", "--keep-running").status == 0)
      #expect(try manager.start().status == 0)
      _ = try manager.wait("/rest/v1/jobs/l") {
        states($0) == ["ready"] + Array(repeating: "running", count: 3)
      }
      #expect(
        try manager.get("/rest/v1/limits/").body
          == #"[{"Name":"L","Limit":3,"Running":3}]"# + "\n")
      touch(go)
      _ = try manager.wait("/rest/v1/jobs/l", for: "complete")
    }
  }

  @Test func whoeverJoinsAGroupIsWaitedForAlsoByThoseThatWereComplete() throws {
    try withManager { manager in
      _ = try manager.post(
        #"[{"cmd":"true c","rep_grp":"c","deps":["g2"]},"#
          + #"{"cmd":"true b","rep_grp":"b","deps":["g1"],"dep_grps":["g2"]},"#
          + #"{"cmd":"true a","rep_grp":"a","dep_grps":["g1"]}]"#)
      for group in ["a", "b", "c"] {
        _ = try manager.wait("/rest/v1/jobs/\(group)", for: "complete")
      }
      let go = manager.directory.appendingPathComponent("go").path
      let added = try manager.post(
        #"[{"cmd":"\#(waiting(for: go))","rep_grp":"new","dep_grps":["g1"]}]"#)
      #expect(added.jobs.count == 1)
      let again = try manager.get("/rest/v1/jobs/b,c").jobs
      #expect(states(again) == ["dependent", "dependent"])
      #expect(again[0]["Waiting"] as? [String] == ["depends on group g1: 1 job is not complete"])
      #expect(try manager.get("/rest/v1/jobs/a").jobs[0]["State"] as? String == "complete")
      touch(go)
      for group in ["b", "c", "new"] {
        _ = try manager.wait("/rest/v1/jobs/\(group)", for: "complete")
      }
      let circle = try manager.post(
        #"[{"cmd":"A","cmd_deps":[{"cmd":"B"}]},{"cmd":"B","deps":["ring"]},"#
          + #"{"cmd":"C","dep_grps":["ring"],"cmd_deps":[{"cmd":"A"}]}]"#)
      #expect(circle.status == 400)
      for name in [#""A""#, #""B""#, #""C""#, #"dependency group "ring""#] {
        #expect(circle.body.contains(name))
      }
      #expect(try manager.get("/rest/v1/jobs/").body == "[]\n")
    }
  }

  @Test func whatAGroupOfJobsNeededIsExpectedOfTheNextAlsoAfterARestart() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"first","req_grp":"q","time":"2h"}]"#)
      _ = try manager.wait("/rest/v1/jobs/first", for: "complete")
      #expect(try manager.wr("manager", "stop").status == 0)
      #expect(try manager.start().status == 0)
      let added = try manager.post(
        #"[{"cmd":"true 0","req_grp":"q"},{"cmd":"true 1","req_grp":"q","override":1},"#
          + #"{"cmd":"true 2","req_grp":"q","override":2,"memory":"50M"},"#
          + #"{"cmd":"true 3","req_grp":"qq"}]"#, "?limit_grps=never:0")
      #expect(added.jobs.compactMap { $0["ExpectedRAM"] as? Int } == [100, 1024, 50, 1024])
      #expect(added.jobs.compactMap { $0["ExpectedTime"] as? Int } == [1, 3600, 3600, 3600])
    }
  }

  @Test func whatIsUrgentGoesBeforeWhatWasOrderedAheadOfALongJob() throws {
    try withManager(environment: ["WR_MANAGERMAXCORES": "1"]) { manager in
      let (go, ran) = (
        manager.directory.appendingPathComponent("go").path,
        manager.directory.appendingPathComponent("ran").path
      )
      // So that jobs of this first word are taken for short, and one goes ahead.
      _ = try manager.post(#"[{"cmd":"sh -c :","cpus":1,"memory":"1M","rep_grp":"g"}]"#)
      _ = try manager.wait("/rest/v1/jobs/g", for: "complete")
      let long = (1...3).map { number in
        #"{"cmd":"sh -c '\#(waiting(for: go)); echo \#(number) >> \#(ran)'","cpus":1,"#
          + #""memory":"1M","rep_grp":"long"}"#
      }
      #expect(try manager.post("[\(long.joined(separator: ","))]").status == 201)
      _ = try manager.post(
        #"[{"cmd":"echo urgent >> \#(ran)","cpus":1,"memory":"1M","priority":255,"#
          + #""rep_grp":"urgent"}]"#
      )
      // Where one was ordered ahead it was so together with the first.
      _ = try manager.wait("/rest/v1/jobs/long") { states($0) == ["ready", "ready", "running"] }
      touch(go)
      for group in ["urgent", "long"] {
        _ = try manager.wait("/rest/v1/jobs/\(group)", for: "complete")
      }
      #expect(try String(contentsOfFile: ran, encoding: .utf8) == "1\nurgent\n2\n3\n")
    }
  }

  @Test func anEnvironmentIsStoredOnceAndUsedByAllThatNameIt() throws {
    try withManager { manager in
      let body = #"["A=shared","B=shared","PATH=/usr/bin:/bin"]"#
      let stored = try manager.curl("PUT", "/rest/v1/environments/", body: body)
      #expect(stored.status == 201)
      let key = try #require((stored.json as? [String: String])?["Key"])
      #expect(try manager.curl("PUT", "/rest/v1/environments/", body: body).body == stored.body)
      let unknown = try manager.post(
        #"[{"cmd":"true","env_key":"00000000000000000000000000000000"}]"#)
      #expect(unknown.status == 400)
      _ = try manager.post(
        #"[{"cmd":"echo $A $B $HOME; false","rep_grp":"e","env_key":"\#(key)","env":["B=own"]}]"#)
      let job = try manager.wait("/rest/v1/jobs/e?std=true&env=true", for: "buried")[0]
      #expect(job["StdOut"] as? String == "shared own", "and nothing of the runner host's")
      #expect(
        Set(job["Env"] as? [String] ?? []) == ["A=shared", "B=own", "PATH=/usr/bin:/bin"])
    }
  }
}
