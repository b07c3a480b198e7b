import HTTP
import Testing

@testable import Web

/// The contract's order of checks and its words, over real connections.
@Suite(.timeLimit(.minutes(1)))
struct RouterTests {
  @Test func theVersionNeedsNoToken() throws {
    try withService { service in
      for path in ["/rest/version/", "/rest/version", "//rest//version//x?y=z"] {
        let answer = try await service.ask("GET", path, isAuthorised: false)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"Version":"v1.2.3","API":"1"}"# + "\n")
        #expect(answer.headers["Content-Type"] == "application/json; charset=UTF-8")
        #expect(answer.headers["Cache-Control"] == "no-store")
      }
    }
  }

  @Test func infoIsAsDocumented() throws {
    try withService { service in
      let answer = try await service.ask("GET", "/rest/v1/info/")
      #expect(answer.status == 200)
      #expect(answer.body.contains("\"Addr\":\"localhost:\(service.managerPort)\""))
      #expect(answer.body.contains("\"Host\":\"localhost\""))
      #expect(answer.body.contains("\"FQDN\":\"host.example.org\""))
      #expect(answer.body.contains("\"Port\":\"\(service.managerPort)\""))
      #expect(answer.body.contains("\"WebPort\":\"\(service.webPort)\""))
      #expect(answer.body.contains("\"Deployment\":\"production\""))
      #expect(answer.body.contains("\"Scheduler\":\"local\""))
      #expect(answer.body.contains("\"Mode\":\"started\""))
      #expect(answer.body.hasSuffix("}\n"))
    }
  }

  @Test func bothPortsServeTheSame() throws {
    try withService { service in
      for port in [service.managerPort, service.webPort] {
        let client = try await service.connect(port: port)
        #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").body == "[]\n")
      }
    }
  }

  @Test(arguments: [
    "/rest/v1/jobs/", "/rest/v1/jobs", "/rest/v1/jobs/x", "/rest/v1/info/", "/rest/v1/warnings/",
    "/rest/v1/servers/", "/rest/v1/upload/", "/", "/status", "/status.html", "/link/v1/orders",
  ])
  func everythingElseNeedsTheToken(path: String) throws {
    try withService { service in
      let client = try await service.connect()
      for method in ["GET", "POST", "PATCH", "OPTIONS"] {
        let answer = try await service.ask(client, method, path, isAuthorised: false)
        #expect(answer.status == 401)
        #expect(answer.body == "Authorization header required\n")
        #expect(answer.headers["WWW-Authenticate"] == "Bearer")
      }
    }
  }

  @Test func theTokenMayBeAParameterAndBeatsTheHeader() throws {
    try withService { service in
      let right = "token=\(service.token.text)"
      let wrong = ["Authorization: Bearer wrong"]
      let path = "/rest/v1/jobs/?"
      let client = try await service.connect()
      func status(_ target: String, _ fields: [String], isAuthorised: Bool = false) async throws
        -> (Int, String)
      {
        let answer = try await service.ask(
          client, "GET", target, fields: fields, isAuthorised: isAuthorised)
        return (answer.status, answer.body)
      }
      #expect(try await status(path + right, []) == (200, "[]\n"))
      #expect(try await status(path + right, wrong) == (200, "[]\n"))
      #expect(try await status(path, wrong) == (401, "Invalid token\n"))
      #expect(
        try await status(path + "token=wrong", [], isAuthorised: true) == (401, "Invalid token\n"))
      #expect(
        try await status(path, ["Authorization: bearer \(service.token.text)"])
          == (401, "Authorization requires Bearer scheme\n"))
    }
  }

  @Test func theQueryIsReadBeforeAnythingElse() throws {
    try withService { service in
      for target in ["/rest/v1/jobs/?a=%zz", "/rest/v1/jobs/?a=b;c=d"] {
        let answer = try await service.ask("PATCH", target, isAuthorised: false)
        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix("form parsing error: "))
      }
    }
  }

  @Test func unknownPathsAreNotFound() throws {
    try withService { service in
      for path in ["/rest/v2/jobs/", "/x", "/rest/", "/status_ws", "/js/wr-0.0.1.js"] {
        let answer = try await service.ask("GET", path, isAuthorised: false)
        #expect(answer.status == 404)
        #expect(answer.body == "404 page not found\n")
      }
    }
  }

  @Test func otherMethodsAreRefusedAfterTheToken() throws {
    try withService { service in
      let client = try await service.connect()
      let put = try await service.ask(client, "PUT", "/rest/v1/jobs/")
      #expect(put.status == 405)
      #expect(put.headers["Allow"] == "GET, HEAD, POST, PATCH, DELETE, OPTIONS")
      #expect(put.body == "So far only GET, POST, PATCH and DELETE are supported\n")
      let options = try await service.ask(client, "OPTIONS", "/rest/v1/upload/")
      #expect(options.status == 204)
      #expect(options.headers["Allow"] == "PUT, OPTIONS")
      let problem = try await service.ask(
        client, "GET", "/rest/v1/upload/", fields: ["Accept: application/problem+json"])
      #expect(problem.headers["Content-Type"] == "application/problem+json")
      #expect(problem.body.contains("\"detail\":\"Only PUT is supported\""))
    }
  }

  @Test func headIsGetWithoutItsBody() throws {
    try withService { service in
      let client = try await service.connect()
      let get = try await service.ask(client, "GET", "/rest/v1/jobs/")
      let head = try await service.ask(client, "HEAD", "/rest/v1/jobs/")
      #expect(head.status == 200)
      #expect(head.body == "")
      #expect(head.headers["Content-Length"] == get.headers["Content-Length"])
      #expect(head.headers["Content-Type"] == get.headers["Content-Type"])
    }
  }

  @Test func whileRecoveringOnlyTheVersionIsServed() throws {
    try withService(isOpen: false) { service in
      let client = try await service.connect()
      #expect(try await service.ask(client, "GET", "/rest/version/").status == 200)
      for (method, path) in [
        ("GET", "/rest/v1/jobs/"), ("POST", "/rest/v1/jobs/"), ("GET", "/rest/v1/info/"),
        ("PUT", "/rest/v1/upload/"), ("GET", "/"), ("POST", "/link/v1/orders"),
      ] {
        let answer = try await service.ask(client, method, path)
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "1")
      }
      let stranger = try await service.ask(client, "GET", "/rest/v1/jobs/", isAuthorised: false)
      #expect(stranger.status == 401)
      await service.web.open(service.queue)
      #expect(try await service.ask(client, "GET", "/rest/v1/jobs/").status == 200)
    }
  }

  @Test func warningsAreForgottenByGetButNotByHead() throws {
    try withService { service in
      await service.queue.warn("trouble \"here\"")
      await service.queue.warn("trouble \"here\"")
      let client = try await service.connect()
      #expect(try await service.ask(client, "HEAD", "/rest/v1/warnings/").status == 200)
      let answer = try await service.ask(client, "GET", "/rest/v1/warnings/")
      #expect(answer.body.hasPrefix(#"[{"Msg":"trouble \"here\"","FirstDate":"#))
      #expect(answer.body.hasSuffix(#","Count":2}]"# + "\n"))
      #expect(try await service.ask(client, "GET", "/rest/v1/warnings/").body == "[]\n")
    }
  }

  @Test func withoutACloudThereAreNoServers() throws {
    try withService { service in
      let client = try await service.connect()
      #expect(try await service.ask(client, "GET", "/rest/v1/servers/").body == "[]\n")
      let nameless = try await service.ask(client, "DELETE", "/rest/v1/servers/")
      #expect(nameless.status == 400)
      #expect(nameless.body == "id parameter is required\n")
      let unknown = try await service.ask(client, "DELETE", "/rest/v1/servers/?id=x")
      #expect(unknown.status == 404)
      #expect(unknown.body == "Server was not known to be bad\n")
    }
  }

  @Test func thePageAndItsStyleAreServed() throws {
    try withService { service in
      let client = try await service.connect()
      for path in ["/", "/status", "/status.html", "/?token=\(service.token.text)"] {
        let page = try await service.ask(
          client, "GET", path, isAuthorised: !path.contains("token"))
        #expect(page.status == 200)
        #expect(page.body.hasPrefix("<!DOCTYPE html>"))
        #expect(!page.body.contains(service.token.text))
      }
      let style = try await service.ask(client, "GET", "/style.css", isAuthorised: false)
      #expect(style.headers["Content-Type"] == "text/css; charset=utf-8")
      #expect(
        try await service.ask(client, "GET", "/favicon.ico", isAuthorised: false).status == 204)
    }
  }
}
