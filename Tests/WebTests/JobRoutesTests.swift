import HTTP
import Jobs
import Platform
import Support
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct JobRoutesTests {
  /// Key and state of each job of an answer, in order.
  private static func jobs(_ answer: TestClient.Answer) throws -> [(key: String, state: String)] {
    try answer.body.split(separator: "{\"Key\":\"").dropFirst().map { part in
      let state = try #require(part.split(separator: "\"State\":\"").dropFirst().first)
      return (String(part.prefix(32)), String(state.prefix { $0 != "\"" }))
    }
  }

  private static let quickStart =
    #"[{"cmd":"sleep 5 && echo mymsg && false","memory":"5M","cpus":1},{"cmd":"sleep 5","cpus":1}]"#

  @Test func theQuickStartGivesWhatItShows() throws {
    try withService { service in
      let client = try await service.connect()
      let post = try await service.ask(
        client, "POST", "/rest/v1/jobs/?rep_grp=myid&cpus=2&memory=3G&time=5s",
        body: Self.quickStart, fields: ["Content-Type: application/json"])
      #expect(post.status == 201)
      #expect(post.headers["Content-Type"] == "application/json; charset=UTF-8")
      #expect(
        post.body.hasPrefix(
          #"[{"Key":"58cef10e7a340c3b7fa09ea304a3cb98","RepGroup":"myid","DepGroups":null,"#
            + #""Dependencies":null,"Cmd":"sleep 5 && echo mymsg && false","State":"ready","#
            + #""Cwd":"","CwdBase":"/tmp","HomeChanged":false,"Behaviours":"","Mounts":"","#))
      #expect(
        post.body.contains(
          #""ExpectedRAM":3072,"ExpectedTime":5,"RequestedDisk":0,"OtherRequests":null,"Cores":1,"#
            + #""PeakRAM":0,"Exited":false,"Exitcode":0,"FailReason":"","Pid":0,"Host":"","#
            + #""HostID":"","HostIP":"","Walltime":0,"CPUtime":0,"Started":-62135596800,"#
            + #""Ended":-62135596800,"StdErr":"","StdOut":"","Env":null,"Attempts":0,"Similar":0"#))
      #expect(post.body.hasSuffix("}]\n"))
      let keys = ["58cef10e7a340c3b7fa09ea304a3cb98", "ea4266bc0fc7dd493caeb2fff1963e4a"]
      #expect(try Self.jobs(post).map(\.key) == keys)
      for path in ["/", "", "/myid", "//myid/", "/\(keys[0]),\(keys[1])", "/my?search=true"] {
        let get = try await service.ask(client, "GET", "/rest/v1/jobs\(path)")
        #expect(try Self.jobs(get).map(\.key) == keys, "\(path)")
        #expect(get.headers["Content-Length"] != nil)
      }
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/unknown").body == "[]\n")
    }
  }

  @Test(arguments: ["[]", "null"])
  func nothingToAddIsCreatedToo(body: String) throws {
    try withService { service in
      let answer = try await service.ask("POST", "/rest/v1/jobs/", body: body)
      #expect(answer.status == 201)
      #expect(answer.body == "[]\n")
    }
  }

  @Test func aBadJobRefusesAllOfThem() throws {
    try withService { service in
      let client = try await service.connect()
      for body in [#"[{"cmd":"true"},{"cmd":""}]"#, "", "{", "[null]", #"[{"cmd":5}]"#] {
        let answer = try await service.ask(client, "POST", "/rest/v1/jobs/", body: body)
        #expect(answer.status == 400, "\(body)")
        #expect(answer.headers["Content-Type"] == "text/plain; charset=utf-8")
      }
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").body == "[]\n")
    }
  }

  /// It is read while the rest is to come, and all of it counts.
  @Test func aLargeBodyIsAddedAsAWholeOrNotAtAll() throws {
    try withService { service in
      let client = try await service.connect()
      let script = service.directory.file("script")
      try writeFileAtomically(script, Array("echo".utf8), mode: 0o600)
      let count = 10_000
      func post(_ job: (Int) -> String) async throws -> TestClient.Answer {
        let jobs = (0..<count).map { #"{"cmd":"echo a job of many \#($0)"\#(job($0))}"# }
        return try await service.ask(
          client, "POST", "/rest/v1/jobs/?rep_grp=many&answer=counts",
          body: "[\(jobs.joined(separator: ","))]")
      }
      let wrong = try await post { $0 == 7000 ? #","retries":256"# : "" }
      #expect(wrong.status == 400)
      #expect(
        wrong.body.hasSuffix("retries value (256) is not in the range 0..255 (at index 7000)\n"))
      let broken = try await post { $0 == count - 1 ? "," : "" }
      #expect(broken.status == 400)
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").body == "[]\n")
      let good = try await post { $0 == 3000 ? #","cloud_script":"\#(script)""# : "" }
      #expect(good.status == 201)
      #expect(good.body == "{\"Added\":\(count),\"Queued\":0,\"Complete\":0}\n")
    }
  }

  @Test(arguments: ["jobs", "counts"])
  func whatCannotBeWrittenIsNotAddedNorShown(answer: String) throws {
    try withService { service in
      let client = try await service.connect()
      _ = await service.store.close()
      let jobs = (0..<3000).map { #"{"cmd":"echo one of many \#($0)"}"# }
      let refused = try await service.ask(
        client, "POST", "/rest/v1/jobs/?answer=\(answer)",
        body: "[\(jobs.joined(separator: ","))]")
      #expect(refused.status == 503)
      #expect(refused.body.contains("is not open"))
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").body == "[]\n")
    }
  }

  /// It is read while the rest is to come.
  @Test func aLargeBodyThatIsTooLongOrNeverEndsAddsNothing() throws {
    let limit: @Sendable (inout WebServices) -> Void = { $0.bodyLimit = 1_000_000 }
    try withService(adjust: limit) { service in
      let head =
        "POST /rest/v1/jobs/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer"
        + " \(service.token.text)\r\nTransfer-Encoding: chunked\r\n\r\n"
      let jobs = (0..<10_000).map { #"{"cmd":"echo one of many \#($0)"}"# }
      func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
      }
      let half = chunk("[" + jobs.joined(separator: ",") + ",")
      try #require(half.utf8.count > 300_000)
      let cut = try await service.connect()
      try await cut.send(head + half)
      await cut.close()
      let long = try await service.connect()
      try await long.send(head + half)
      for _ in 0..<3 { try await long.send(chunk(jobs.joined(separator: ",") + ",")) }
      #expect(try await long.status() == 413)
      await long.close()
      while await service.web.connectionCount > 0 {
        _ = await service.reactor.sleep(until: .now + .milliseconds(5))
      }
      #expect(try await service.ask("GET", "/rest/v1/jobs/").body == "[]\n")
    }
  }

  /// More than fit into one piece of the answer, and more than are made while they are written.
  @Test(arguments: [257, 3000, 12_000])
  func manyJobsAreShownInTheOrderInWhichTheyWereSent(count: Int) throws {
    try withService { service in
      let client = try await service.connect()
      let commands = (0..<count).map { "echo one of many \($0)" }
      let body = "[\(commands.map { #"{"cmd":"\#($0)"}"# }.joined(separator: ","))]"
      let added = try await service.ask(client, "POST", "/rest/v1/jobs/", body: body)
      #expect(added.status == 201)
      #expect(added.body.hasSuffix("}]\n"))
      let keys = commands.map { JobKey(ofCommand: $0, cwd: nil).description }
      let jobs = try Self.jobs(added)
      #expect(jobs.map(\.key) == keys)
      #expect(jobs.allSatisfy { $0.state == "ready" })
      // Nothing is left of it on the connection.
      let again = try await service.ask(client, "GET", "/rest/v1/jobs/\(keys[0])")
      #expect(try Self.jobs(again).map(\.key) == [keys[0]])
    }
  }

  @Test func deletableJobsAreDeletedAndShown() throws {
    try withService { service in
      let client = try await service.connect()
      _ = try await service.ask(
        client, "POST", "/rest/v1/jobs/?rep_grp=myid", body: Self.quickStart)
      let refused = try await service.ask(client, "DELETE", "/rest/v1/jobs/myid")
      #expect(refused.status == 400)
      #expect(refused.body == "state must be supplied as one of running|lost|deletable\n")
      let none = try await service.ask(client, "DELETE", "/rest/v1/jobs/,?state=deletable")
      #expect(none.body == "[]\n")
      let running = try await service.ask(client, "DELETE", "/rest/v1/jobs/myid?state=running")
      #expect(running.status == 202)
      #expect(running.body == "[]\n")
      let deleted = try await service.ask(client, "DELETE", "/rest/v1/jobs/myid?state=deletable")
      #expect(deleted.status == 200)
      #expect(try Self.jobs(deleted).map(\.state) == ["deleted", "deleted"])
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").body == "[]\n")
    }
  }

  @Test func whatWasActedUponIsCountedWhenThatIsAskedFor() throws {
    try withService { service in
      let client = try await service.connect()
      _ = try await service.ask(
        client, "POST", "/rest/v1/jobs/?rep_grp=myid", body: Self.quickStart)
      let suspended = try await service.ask(
        client, "POST", "/rest/v1/jobs/myid/suspend?answer=counts")
      #expect(suspended.body == "{\"Acted\":2,\"Eligible\":2}\n")
      let resumed = try await service.ask(client, "POST", "/rest/v1/jobs/resume?answer=keys")
      #expect(
        resumed.body
          == "{\"Acted\":2,\"Eligible\":2,\"Keys\":[\"58cef10e7a340c3b7fa09ea304a3cb98\","
          + "\"ea4266bc0fc7dd493caeb2fff1963e4a\"]}\n")
      for (target, acted) in [("retry", 0), ("kill", 0)] {
        let answer = try await service.ask(
          client, "POST", "/rest/v1/jobs/\(target)?answer=counts")
        #expect(answer.body == "{\"Acted\":\(acted),\"Eligible\":0}\n")
      }
      let refused = try await service.ask(
        client, "DELETE", "/rest/v1/jobs/?state=deletable&answer=some")
      #expect(refused.status == 400)
      let deleted = try await service.ask(
        client, "DELETE", "/rest/v1/jobs/?state=deletable&answer=counts")
      #expect(deleted.body == "{\"Acted\":2,\"Eligible\":2}\n")
    }
  }

  /// More than are dealt with at once, and in whatever order they depend on each other.
  @Test(arguments: ["first", "last", "here and there"])
  func manyJobsAreDeletedWithThoseThatDependOnThem(order: String) throws {
    try withService { service in
      let count = 2500
      var random = SeededGenerator()
      let places =
        switch order {
        case "first": Array(0..<count)
        case "last": Array((0..<count).reversed())
        default: Array(0..<count).shuffled(using: &random)
        }
      // Pairs, and a group that half of all wait for, laid out in that order.
      let specs = (0..<count).map { number in
        var spec = JobSpec(cmd: "echo \(number)")
        if number < count / 2 {
          spec.depGroups = ["early"]
        } else {
          spec.dependencies = [.group("early")]
        }
        if number % 2 == 1 {
          spec.dependencies.append(.command(cmd: "echo \(number - 1)", cwd: nil))
        }
        return spec
      }
      _ = try await service.add(places.map { specs[$0] })
      let client = try await service.connect()
      let deleted = try await service.ask(
        client, "DELETE", "/rest/v1/jobs/?state=deletable&answer=counts")
      #expect(deleted.body == "{\"Acted\":\(count),\"Eligible\":\(count)}\n", "seed \(random.seed)")
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").body == "[]\n")
    }
  }

  @Test func badParametersAreRefused() throws {
    try withService { service in
      let client = try await service.connect()
      let limit = try await service.ask(client, "GET", "/rest/v1/jobs/?limit=many")
      #expect(limit.status == 400)
      #expect(
        limit.body
          == "strconv.Atoi: parsing \"many\": invalid syntax; limit must be a whole number, 0 or less for none\n"
      )
      let state = try await service.ask(client, "GET", "/rest/v1/jobs/?state=gone")
      #expect(state.status == 400)
    }
  }

  @Test func longListsAreStreamedWhole() throws {
    try withService { service in
      let count = 3000
      let client = try await service.connect()
      let body =
        "["
        + (0..<count).map { #"{"cmd":"echo \#($0)","cwd":"/tmp"}"# }
        .joined(separator: ",") + "]"
      // More than is parsed on the reactor: the thread is used too.
      let padded = body + String(repeating: " ", count: 300_000)
      let post = try await service.ask(client, "POST", "/rest/v1/jobs/", body: padded)
      #expect(post.status == 201)
      #expect(post.isChunked)
      let get = try await service.ask(client, "GET", "/rest/v1/jobs/")
      #expect(get.isChunked)
      #expect(get.body.hasPrefix("[{") && get.body.hasSuffix("}]\n"))
      for answer in [post, get] {
        let keys = try Self.jobs(answer).map(\.key)
        #expect(keys.count == count)
        #expect(Set(keys).count == count)
      }
      let head = try await service.ask(client, "HEAD", "/rest/v1/jobs/")
      #expect(head.headers["Transfer-Encoding"] == "chunked")
      #expect(try await service.ask(client, "GET", "/rest/version/").status == 200)
    }
  }

  @Test func aLongListDoesNotHoldUpOthers() throws {
    try withService { service in
      let specs = (0..<3000).map { JobSpec(cmd: "echo \($0)") }
      _ = try await service.add(specs)
      let reader = try await service.connect()
      let other = try await service.connect()
      try await reader.send(
        "GET /rest/v1/jobs/ HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(service.token.text)"
          + "\r\n\r\n")
      // The long list is not being read, and the short question is answered.
      #expect(try await service.ask(other, "GET", "/rest/version/").status == 200)
      #expect(try await reader.answer().body.hasSuffix("}]\n"))
    }
  }

  @Test func aScriptIsReadFromThisMachine() throws {
    try withService { service in
      let client = try await service.connect()
      try makeDirectories(service.directory.file("home"))
      try writeFileAtomically(
        service.directory.file("home/script"), Array("the script".utf8), mode: 0o600)
      let added = try await service.ask(
        client, "POST", "/rest/v1/jobs/", body: #"[{"cmd":"true","cloud_script":"~/script"}]"#)
      #expect(added.status == 201)
      #expect(added.body.contains("cloud_script:the script"))
      for path in ["/dev/zero", "/nowhere/at/all", service.directory.path] {
        let refused = try await service.ask(
          client, "POST", "/rest/v1/jobs/", body: #"[{"cmd":"true","cloud_script":"\#(path)"}]"#)
        #expect(refused.status == 400)
        #expect(
          refused.body.hasPrefix(
            "there was a problem interpreting your job: path [\(path)] could not be read: "))
      }
    }
  }
}
