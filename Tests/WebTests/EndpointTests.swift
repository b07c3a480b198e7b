import Testing

@testable import Web

struct EndpointTests {
  @Test(arguments: [
    (["rest", "version"], Endpoint.version),
    (["rest", "version", "more"], .version),
    (["rest", "v1", "info"], .info),
    (["rest", "v1", "info", "x"], .info),
    (["rest", "v1", "upload"], .upload),
    (["rest", "v1", "warnings"], .warnings),
    (["rest", "v1", "servers"], .servers),
    (["rest", "v1", "jobs"], .jobs(identifiers: nil)),
    (["rest", "v1", "jobs", "a,b"], .jobs(identifiers: "a,b")),
    (["rest", "v1", "jobs", "a", "b"], .jobs(identifiers: "a/b")),
    (["rest", "v1", "jobs", "a,b", "retry"], .jobs(identifiers: "a,b/retry")),
    (["rest", "v1", "limits"], .limits(names: nil)),
    (["rest", "v1", "limits", "a,b"], .limits(names: "a,b")),
    (["rest", "v1", "environments"], .environments),
    (["rest", "v1", "manager", "pause"], .manager(.pause)),
    (["rest", "v1", "manager", "backup", "x"], .manager(.backup)),
    (["link", "v1", "orders"], .orders),
    (["link", "v1", "reports"], .reports),
    ([], .page), (["status"], .page), (["status.html"], .page),
    (["style.css"], .style), (["favicon.ico"], .favicon),
  ])
  func pathsLeadToTheirEndpoints(path: [String], endpoint: Endpoint) {
    #expect(Endpoint(path: path) == endpoint)
  }

  @Test(arguments: [
    ["rest"], ["rest", "v1"], ["rest", "v2", "jobs"], ["rest", "v1", "jobsx"], ["rest", "jobs"],
    ["status", "x"], ["style.css", "x"], ["link", "v1"], ["link", "v2", "orders"],
    ["etc", "passwd"], ["rest", "v1", "manager"], ["rest", "v1", "manager", "stop"],
    ["REST", "version"],
  ])
  func otherPathsLeadNowhere(path: [String]) {
    #expect(Endpoint(path: path) == nil)
  }

  @Test(arguments: [
    (Endpoint.version, true), (.style, true), (.favicon, true), (.info, false), (.page, false),
    (.jobs(identifiers: nil), false), (.orders, false), (.reports, false), (.upload, false),
    (.warnings, false), (.servers, false), (.manager(.drain), false),
    (.limits(names: nil), false), (.environments, false),
  ])
  func onlyWhatTellsNothingIsOpen(endpoint: Endpoint, isOpen: Bool) {
    #expect(endpoint.isOpen == isOpen)
  }

  @Test(arguments: [
    (
      Endpoint.jobs(identifiers: nil), "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
      "So far only GET, POST, PATCH and DELETE are supported"
    ),
    (.version, "GET, HEAD, OPTIONS", "Only GET is supported"),
    (.upload, "PUT, OPTIONS", "Only PUT is supported"),
    (.servers, "GET, HEAD, DELETE, OPTIONS", "Only GET and DELETE are supported"),
    (.limits(names: "a"), "GET, HEAD, PUT, OPTIONS", "Only GET and PUT are supported"),
    (.environments, "PUT, OPTIONS", "Only PUT is supported"),
    (.orders, "POST, OPTIONS", "Only POST is supported"),
    (.manager(.resume), "POST, OPTIONS", "Only POST is supported"),
  ])
  func otherMethodsAreRefusedInTheDocumentedWords(
    endpoint: Endpoint, allow: String, refusal: String
  ) throws {
    let error = #expect(throws: ErrorResponse.self) { try Router.check("TRACE", at: endpoint) }
    #expect(error?.status == 405)
    #expect(error?.message == refusal)
    #expect(error?.headers["Allow"] == allow)
    for method in endpoint.methods { try Router.check(method, at: endpoint) }
  }

  @Test func optionsAreAnsweredWithoutABody() {
    let response = Router.options(of: .upload)
    #expect(response.status == 204)
    #expect(response.headers["Allow"] == "PUT, OPTIONS")
  }
}
