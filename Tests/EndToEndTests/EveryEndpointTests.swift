import Foundation
import Testing

/// Every endpoint of the REST documentation, by curl, against a real manager.
@Suite(.serialized, .timeLimit(.minutes(3))) struct EveryEndpointTests {
  @Test func versionNeedsNoTokenAndEverythingElseDoes() throws {
    try withManager { manager in
      let version = try manager.curl("GET", "/rest/version/", isAuthorised: false)
      #expect(version.status == 200)
      #expect((version.json as? [String: String])?["API"] == "1")
      let said = try manager.wr("version").output.trimmingCharacters(in: .newlines)
      #expect((version.json as? [String: String])?["Version"] == said)
      for path in ["jobs/", "info/", "warnings/", "servers/"] {
        let answer = try manager.curl("GET", "/rest/v1/\(path)", isAuthorised: false)
        #expect(answer.status == 401)
        #expect(answer.body == "Authorization header required\n")
      }
      let basic = try manager.curl(
        "GET", "/rest/v1/info/", headers: ["Authorization: Basic x"], isAuthorised: false)
      #expect(basic.body == "Authorization requires Bearer scheme\n")
      let wrong = try manager.curl(
        "GET", "/rest/v1/info/", headers: ["Authorization: Bearer x"], isAuthorised: false)
      #expect(wrong.body == "Invalid token\n")
      let parameter = try manager.curl(
        "GET", "/rest/v1/info/?token=\(manager.token)", isAuthorised: false)
      #expect(parameter.status == 200)
      #expect(try manager.get("/rest/v2/jobs/").status == 404)
    }
  }

  @Test func infoTellsWhereTheManagerIs() throws {
    try withManager { manager in
      let info = try #require(try manager.get("/rest/v1/info/").json as? [String: Any])
      #expect(info["Port"] as? String == "\(manager.managerPort)")
      #expect(info["WebPort"] as? String == "\(manager.webPort)")
      #expect(info["PID"] as? Int == Int(try manager.pid))
      #expect(info["Deployment"] as? String == "production")
      #expect(info["Scheduler"] as? String == "local")
      #expect(info["Mode"] as? String == "started")
      #expect((info["Addr"] as? String)?.hasSuffix(":\(manager.managerPort)") == true)
      let onOtherPort = try manager.curl("GET", "/rest/v1/info/", port: manager.managerPort)
      #expect(onOtherPort.status == 200, "both ports serve the same")
    }
  }

  @Test func methodsThatAPathLacksAreNamed() throws {
    try withManager { manager in
      let put = try manager.curl("PUT", "/rest/v1/jobs/")
      #expect(put.status == 405)
      #expect(put.headers.lowercased().contains("allow: get, head, post, patch, delete"))
      #expect(try manager.curl("POST", "/rest/version/", isAuthorised: false).status == 405)
      #expect(try manager.curl("OPTIONS", "/rest/v1/jobs/").status == 204)
      let head = try manager.curl("HEAD", "/rest/v1/info/")
      #expect(head.status == 200)
      #expect(head.body == "")
    }
  }

  @Test func aPostIsCheckedWholeBeforeAnythingIsAdded() throws {
    try withManager { manager in
      var jobs = (0..<10_000).map { #"{"cmd":"sleep 600 #\#($0)","memory":"1P"}"# }
      jobs[7123] = #"{"cwd":"/tmp"}"#
      let refused = try manager.post("[\(jobs.joined(separator: ","))]")
      #expect(refused.status == 400)
      #expect(
        refused.body
          == "there was a problem interpreting your job: cmd was not specified (at index 7123)\n")
      #expect(try manager.get("/rest/v1/jobs/").jobs.isEmpty)
      jobs[7123] = #"{"cmd":"echo"}"#
      let added = try manager.post("[\(jobs.joined(separator: ","))]", "?rep_grp=many&deps=x")
      #expect(added.status == 201)
      #expect(added.jobs.count == 10_000)
      let listed = try manager.get("/rest/v1/jobs/many")
      #expect(listed.headers.lowercased().contains("transfer-encoding: chunked"))
      #expect(listed.jobs.count == 10_000)
      let keys = added.jobs.prefix(1000).compactMap { $0["Key"] as? String }
      let byKey = try manager.get("/rest/v1/jobs/\(keys.joined(separator: ","))").jobs
      #expect(byKey.compactMap { $0["Key"] as? String } == keys)
      let grouped = try manager.get("/rest/v1/jobs/many?limit=2").jobs
      let hidden = grouped.compactMap { $0["Similar"] as? Int }.reduce(0, +)
      #expect(grouped.count + hidden == 10_000)
      let deleted = try manager.curl("DELETE", "/rest/v1/jobs/many?state=deletable")
      #expect(deleted.status == 200)
      #expect(deleted.jobs.allSatisfy { $0["State"] as? String == "deleted" })
    }
  }

  @Test(arguments: [
    ("", "", "EOF"), ("[{", "", "unexpected end of the text at byte 2"),
    ("{}", "", "the body must be a JSON array of job objects"),
    ("[null]", "", "there was a problem interpreting your job"),
    (
      #"[{"cmd":"a","memory":"100"}]"#, "",
      "there was a problem interpreting your job: memory value (100) was not specified correctly"
    ),
    (#"[{"cmd":"a","time":"5d"}]"#, "", "unknown unit"),
    (#"[{"cmd":"a","override":3}]"#, "", "override value (3) is not in the range 0..2"),
    (#"[{"cmd":"a","priority":256}]"#, "", "priority value (256) is not in the range 0..255"),
    (#"[{"cmd":"a","retries":-1}]"#, "", "retries value (-1) is not in the range 0..255"),
    (#"[{"cmd":"a","cloud_script":"/nonexistent"}]"#, "", "path [/nonexistent] could not be read"),
    (#"[{"cmd":"a"}]"#, "?cpus=x", "cpus"), (#"[{"cmd":"a"}]"#, "?memory=1", "byte quantity"),
    (#"[{"cmd":"a"}]"#, "?rep_grp=%zz", "form parsing error"),
  ])
  func whatMakesNoSenseIsRefusedInWords(body: String, query: String, words: String) throws {
    try withManager { manager in
      let answer = try manager.post(body, query)
      #expect(answer.status == 400)
      #expect(answer.body.contains(words), "\(answer.body)")
      #expect(try manager.get("/rest/v1/jobs/").jobs.isEmpty)
    }
  }

  @Test func jobsAreFoundByStateTextAndKey() throws {
    try withManager { manager in
      _ = try manager.post(
        #"[{"cmd":"echo out; echo err >&2; exit 3","rep_grp":"one.a","env":["A=b"]}]"#)
      _ = try manager.post(#"[{"cmd":"true","rep_grp":"one.b"}]"#)
      _ = try manager.wait("/rest/v1/jobs/one?search=true", for: "buried", "complete")
      let failed = try manager.get("/rest/v1/jobs/one?search=true&state=buried&std=true&env=true")
        .jobs
      try #require(failed.count == 1)
      #expect(failed[0]["StdOut"] as? String == "out")
      #expect(failed[0]["StdErr"] as? String == "err")
      #expect(failed[0]["Env"] as? [String] == ["A=b"])
      #expect(try manager.get("/rest/v1/jobs/one.b?state=complete").jobs.count == 1)
      #expect(try manager.get("/rest/v1/jobs/one.b?state=ready").jobs.isEmpty)
      #expect(try manager.get("/rest/v1/jobs/nobody").jobs.isEmpty)
      #expect(try manager.get("/rest/v1/jobs//one.b").jobs.count == 1, "doubled slashes")
      #expect(try manager.get("/rest/v1/jobs?state=sleeping").status == 400)
      #expect(
        try manager.get("/rest/v1/jobs/?limit=x").body
          == "strconv.Atoi: parsing \"x\": invalid syntax; limit must be a whole number, 0 or less for none\n"
      )
      let again = try manager.post(#"[{"cmd":"true"}]"#)
      #expect(again.jobs.isEmpty, "complete already")
      #expect(try manager.post(#"[{"cmd":"true","rerun":true}]"#).jobs.count == 1)
      _ = try manager.wait("/rest/v1/jobs/one.b", for: "complete")
      #expect(try manager.post(#"[{"cmd":"true"}]"#, "?rerun=true").jobs.count == 1)
    }
  }

  @Test func cancellingActsOnTheStateThatIsNamedOnly() throws {
    try withManager { manager in
      #expect(
        try manager.curl("DELETE", "/rest/v1/jobs/x").body
          == "state must be supplied as one of running|lost|deletable\n")
      let jobs = try manager.post(
        #"[{"cmd":"sleep 600","rep_grp":"k","retries":3},{"cmd":"echo","rep_grp":"k","memory":"1P"}]"#
      ).jobs
      let keys = jobs.compactMap { $0["Key"] as? String }
      _ = try manager.wait("/rest/v1/jobs/\(keys[0])", for: "running")
      _ = try manager.wait("/rest/v1/jobs/\(keys[1])", for: "buried")
      let deleted = try manager.curl("DELETE", "/rest/v1/jobs/\(keys[0])?state=deletable")
      #expect(deleted.status == 200)
      #expect(deleted.jobs.isEmpty, "a running job is never deleted")
      let killed = try manager.curl("DELETE", "/rest/v1/jobs/k?state=running")
      #expect(killed.status == 202)
      #expect(killed.jobs.map { $0["State"] as? String } == ["running"])
      let after = try manager.wait("/rest/v1/jobs/\(keys[0])", for: "buried", limit: 10)
      #expect(after[0]["FailReason"] as? String == "killed by user request")
      #expect(after[0]["Exitcode"] as? Int == -1)
      #expect(try manager.curl("DELETE", "/rest/v1/jobs/k?state=deletable").jobs.count == 2)
      #expect(try manager.get("/rest/v1/jobs/k").jobs.isEmpty)
    }
  }

  @Test func uploadsLandWhereTheyShould() throws {
    try withManager { manager in
      let file = manager.directory.appendingPathComponent("up")
      try Data("echo 1\n".utf8).write(to: file)
      func put(_ query: String) throws -> TestManager.Answer {
        try manager.curl(
          "PUT", "/rest/v1/upload/\(query)", options: ["--upload-file", file.path])
      }
      let byContent = try put("")
      let path = try #require((byContent.json as? [String: String])?["path"])
      #expect(path.hasSuffix("/uploads/3/3/4/d5669e1fb34a7d0583a9773e1b237"))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "echo 1\n")
      let home = try put("?path=~/some/script")
      let expected = manager.directory.appendingPathComponent("some/script").path
      #expect((home.json as? [String: String])?["path"] == expected)
      let mode = try FileManager.default.attributesOfItem(atPath: expected)[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(try put("?path=relative").status == 400)
      #expect(try put("?path=/proc/nonexistent/x").status == 500)
    }
  }

  @Test func aHealthyManagerHasNoWarningsAndNoServers() throws {
    try withManager { manager in
      #expect(try manager.get("/rest/v1/warnings/").body == "[]\n")
      #expect(try manager.get("/rest/v1/servers/").body == "[]\n")
      let missing = try manager.curl("DELETE", "/rest/v1/servers/")
      #expect((missing.status, missing.body) == (400, "id parameter is required\n"))
      let unknown = try manager.curl("DELETE", "/rest/v1/servers/?id=x")
      #expect((unknown.status, unknown.body) == (404, "Server was not known to be bad\n"))
    }
  }

  @Test func thePageShowsWhatRunsAndEscapesIt() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"sleep 60 # <script>alert(1)</script>","rep_grp":"<b>x"}]"#)
      _ = try manager.wait("/rest/v1/jobs/", for: "running")
      for path in ["/", "/status"] {
        let page = try manager.curl("GET", "\(path)?token=\(manager.token)", isAuthorised: false)
        #expect(page.status == 200)
        #expect(page.headers.lowercased().contains("content-type: text/html"))
        #expect(page.body.contains("&lt;script&gt;"))
        #expect(!page.body.contains("<script"))
        #expect(!page.body.contains("<b>x"))
      }
      #expect(try manager.curl("GET", "/", isAuthorised: false).status == 401)
      _ = try manager.curl("DELETE", "/rest/v1/jobs/?state=running")
      _ = try manager.wait("/rest/v1/jobs/", for: "buried")
    }
  }

  @Test func plainTextGetsNoAnswerAndStrictClientsAreContent() throws {
    try withManager { manager in
      let plain = try manager.run(
        URL(fileURLWithPath: "/usr/bin/curl"),
        [
          "-s", "-o", "/dev/null", "-w", "%{size_header} %{http_code}",
          "http://localhost:\(manager.webPort)/rest/version/",
        ])
      #expect(plain.output == "0 000")
      let script = """
        import ssl, socket
        c = ssl.create_default_context(cafile="\(manager.managerDirectory.path)/ca.pem")
        c.verify_flags |= ssl.VERIFY_X509_STRICT
        for name in ("localhost", "127.0.0.1"):
            s = c.wrap_socket(socket.create_connection(("127.0.0.1", \(manager.webPort))),
                              server_hostname=name)
            s.sendall(b"GET /rest/version/ HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
            print(s.recv(12).decode())
        """
      let strict = try manager.run(
        URL(fileURLWithPath: "/usr/bin/env"), ["python3", "-c", script])
      #expect(strict.output == "HTTP/1.1 200\nHTTP/1.1 200\n", "\(strict.errors)")
    }
  }
}
