import Foundation
import Testing

/// Our additions to the jobs of the REST API: orders, changes, counts, output.
@Suite(.serialized, .timeLimit(.minutes(3))) struct JobEndpointTests {
  @Test func aPostMayAnswerInFigures() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      let first = try manager.post(#"[{"cmd":"a"},{"cmd":"b"},{"cmd":"a"}]"#, "?answer=counts")
      #expect(first.status == 201)
      #expect(first.body == "{\"Added\":2,\"Queued\":1,\"Complete\":0}\n")
      let second = try manager.post(#"[{"cmd":"sleep 5"},{"cmd":"b"}]"#, "?answer=keys")
      #expect(
        second.body.hasPrefix(
          #"{"Added":1,"Queued":1,"Complete":0,"Keys":["ea4266bc0fc7dd493caeb2fff1963e4a",""#))
      let trial = try manager.post(#"[{"cmd":"sleep 5"}]"#, "?dry_run=true")
      #expect(trial.status == 200)
      #expect(trial.body == "{\"Valid\":1,\"Keys\":[\"ea4266bc0fc7dd493caeb2fff1963e4a\"]}\n")
      #expect(try manager.post("[]", "?answer=x").status == 400)
      #expect(try manager.get("/rest/v1/jobs/").jobs.count == 3)
    }
  }

  @Test func aListMayBeBrief() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      _ = try manager.post(#"[{"cmd":"sleep 5","rep_grp":"g"}]"#)
      #expect(
        try manager.get("/rest/v1/jobs/g?brief=true").body
          == #"[{"Key":"ea4266bc0fc7dd493caeb2fff1963e4a","RepGroup":"g","State":"ready","#
          + #""Exitcode":0,"FailReason":"","Similar":0}]"# + "\n")
    }
  }

  @Test func groupsAreCountedWithoutTheirJobs() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"x1"},{"cmd":"false","rep_grp":"x2"}]"#)
      _ = try manager.wait("/rest/v1/jobs/x?search=true", for: "complete", "buried")
      let x1 = """
        {"RepGroup":"x1","Counts":{"complete":1,"running":0,"ready":0,"dependent":0,"lost":0,\
        "delayed":0,"buried":0,"suspended":0}}
        """
      let x2 = """
        {"RepGroup":"x2","Counts":{"complete":0,"running":0,"ready":0,"dependent":0,"lost":0,\
        "delayed":0,"buried":1,"suspended":0}}
        """
      for (path, body) in [
        ("", "[\(x1),\(x2)]"), ("x1", "[\(x1)]"), ("x?search=true", "[\(x1),\(x2)]"), ("x", "[]"),
        ("?complete=false", "[\(x2)]"), ("?own=true", "[\(x2)]"),
      ] {
        let answer = try manager.get("/rest/v1/groups/\(path)").body
        let counts = answer.replacingOccurrences(
          of: #","Usage":\{"Memory":.*?"Ended":[0-9]+\}"#, with: "", options: .regularExpression)
        #expect(counts == body + "\n", "\(path)")
      }
    }
  }

  @Test func groupsSumUpWhatTheirCompleteJobsHaveUsed() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"x"},{"cmd":"true #","rep_grp":"x"}]"#)
      let jobs = try manager.wait("/rest/v1/jobs/x", for: "complete")
      let groups = try manager.get("/rest/v1/groups/x").jobs
      let usage = try #require(groups.first?["Usage"] as? [String: Any])
      let memory = try #require(usage["Memory"] as? [String: Double])
      let used = jobs.compactMap { $0["PeakRAM"] as? Double }
      #expect(memory["Mean"] == used.reduce(0, +) / 2)
      #expect(usage["Started"] as? Int == jobs.compactMap { $0["Started"] as? Int }.min())
      #expect(usage["Ended"] as? Int == jobs.compactMap { $0["Ended"] as? Int }.max())
    }
  }

  @Test func aJobCountsUnderEveryGroupItIsFoundUnder() throws {
    try withManager { manager in
      func counts(_ query: String = "") throws -> [String: Int] {
        let groups = try manager.get("/rest/v1/groups/\(query)").jobs
        let pairs = groups.map { group in
          let counts = group["Counts"] as? [String: Int] ?? [:]
          return (group["RepGroup"] as? String ?? "", counts.values.reduce(0, +))
        }
        return Dictionary(pairs) { $1 }
      }
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"a"}]"#)
      _ = try manager.wait("/rest/v1/jobs/a", for: "complete")
      // These can never run, whatever happens.
      _ = try manager.post(#"[{"cmd":"sleep 5","rep_grp":"a"}]"#, "?memory=1P&override=2")
      _ = try manager.post(
        #"[{"cmd":"sleep 5","rep_grp":"b"},{"cmd":"true","rep_grp":"b","rerun":true}]"#,
        "?memory=1P&override=2")
      for restarts in [false, true] {
        if restarts {
          _ = try manager.wr("manager", "stop")
          #expect(try manager.start().status == 0)
        }
        // The one that runs again is found once, not as complete too.
        #expect(try counts() == ["a": 2, "b": 2])
        #expect(try counts("?own=true") == ["a": 1, "b": 1])
        for group in ["a", "b"] {
          #expect(try manager.get("/rest/v1/jobs/\(group)").jobs.count == 2)
          #expect(try counts(group) == [group: 2])
        }
      }
    }
  }

  @Test func outputIsGivenAsText() throws {
    try withManager { manager in
      let key = try manager.post(#"[{"cmd":"echo out; echo err >&2; false"}]"#).jobs[0]["Key"]!
      _ = try manager.wait("/rest/v1/jobs/\(key)", for: "buried")
      let out = try manager.get("/rest/v1/jobs/\(key)/stdout")
      #expect(out.status == 200)
      #expect(out.body == "out")
      #expect(out.headers.lowercased().contains("content-type: text/plain; charset=utf-8"))
      #expect(try manager.get("/rest/v1/jobs/\(key)/stderr").body == "err")
      let zeros = String(repeating: "0", count: 32)
      #expect(try manager.get("/rest/v1/jobs/\(zeros)/stdout").status == 404)
    }
  }

  @Test func jobsThatWaitAreChanged() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      let jobs = try manager.post(
        #"[{"cmd":"a","rep_grp":"g","on_exit":[{"cleanup":true}],"queue":"q","env":["A=b"]},"#
          + #"{"cmd":"b","rep_grp":"g"}]"#
      ).jobs
      func patch(_ path: String, _ body: String) throws -> TestManager.Answer {
        try manager.curl("PATCH", "/rest/v1/jobs/\(path)", body: body)
      }
      let changed = try patch(
        "g",
        #"{"memory":"3G","priority":9,"queue":"","on_exit":[],"limit_grps":["l:4"],"env":null}"#)
      #expect(changed.status == 200)
      let answer = changed.json as? [String: Any]
      #expect((answer?["modified"] as? [String: String])?.count == 2)
      let after = try manager.get("/rest/v1/jobs/g?env=true").jobs
      #expect(after.map { $0["ExpectedRAM"] as? Int } == [3072, 3072])
      #expect(after.map { $0["Priority"] as? Int } == [9, 9])
      #expect(after[0]["OtherRequests"] is NSNull)
      #expect(after[0]["Behaviours"] as? String == #"{"on_exit":[{"nothing":true}]}"#)
      #expect(after[0]["Env"] as? [String] == ["A=b"], "null means as it is")
      #expect(try manager.wr("limit").output == "l: 4\n")
      let old = try #require(jobs[0]["Key"] as? String)
      let renamed = try patch(old, #"{"cmd":"sleep 5"}"#)
      let keys = (renamed.json as? [String: Any])?["modified"] as? [String: String]
      #expect(keys == ["ea4266bc0fc7dd493caeb2fff1963e4a": old])
      for (body, words) in [
        (#"{"rep_grp":"x"}"#, "rep_grp cannot be changed"),
        ("[]", "the body must be a JSON object"),
        (#"{"cmd":""}"#, "cmd cannot be empty"), (#"{"priority":256}"#, "priority value (256)"),
        ("", "the body must be a JSON object"),
      ] {
        let refused = try patch("g", body)
        #expect(refused.status == 400)
        #expect(refused.body.hasPrefix(words), "\(refused.body)")
      }
    }
  }

  @Test func jobsAreKilledByAnOrder() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"sleep 600","rep_grp":"k"}]"#)
      _ = try manager.wait("/rest/v1/jobs/k", for: "running")
      #expect(try manager.curl("POST", "/rest/v1/jobs/k/kill?state=buried").status == 400)
      #expect(try manager.curl("POST", "/rest/v1/jobs/k/kill?state=lost").jobs.isEmpty)
      let killed = try manager.curl("POST", "/rest/v1/jobs/k/kill")
      #expect(killed.status == 202)
      #expect(killed.jobs.count == 1)
      _ = try manager.wait("/rest/v1/jobs/k", for: "buried")
    }
  }
}
