import HTTP
import Testing

@testable import Web

struct AuthorisationTests {
  private static func shown(parameter: String? = nil, header: String? = nil) throws -> String {
    var target = Target(path: ["rest", "v1", "jobs"])
    if let parameter { target.query = [("x", "y"), ("token", parameter)] }
    var headers = Headers()
    if let header { headers.add("authorization", header) }
    return try Authorisation.shownToken(target, headers)
  }

  @Test func theHeaderShowsTheToken() throws {
    #expect(try Self.shown(header: "Bearer abc") == "abc")
    #expect(try Self.shown(header: "Bearer  abc") == " abc")
  }

  @Test func theParameterBeatsTheHeader() throws {
    #expect(try Self.shown(parameter: "abc", header: "Bearer other") == "abc")
    #expect(try Self.shown(parameter: "abc", header: "Basic other") == "abc")
  }

  @Test func anEmptyParameterCountsAsNone() throws {
    #expect(try Self.shown(parameter: "", header: "Bearer abc") == "abc")
  }

  @Test(arguments: [
    (nil, "Authorization header required"),
    ("", "Authorization requires Bearer scheme"),
    ("bearer abc", "Authorization requires Bearer scheme"),
    ("Bearer", "Authorization requires Bearer scheme"),
    ("Bearer\tabc", "Authorization requires Bearer scheme"),
    ("Basic abc", "Authorization requires Bearer scheme"),
  ])
  func otherHeadersAreRefused(header: String?, message: String) {
    let error = #expect(throws: ErrorResponse.self) { try Self.shown(header: header) }
    #expect(error?.status == 401)
    #expect(error?.message == message)
    #expect(error?.headers["WWW-Authenticate"] == "Bearer")
  }
}
