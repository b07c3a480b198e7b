import Jobs
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct LimitRoutesTests {
  @Test(arguments: [
    ("{}", []), (#"{"a":3}"#, ["a:3"]), (#"{"b":0,"a":-1}"#, ["a:-1", "b:0"]),
    (#"{"a":1,"a":2}"#, ["a:2"]),
  ])
  func limitsAreReadByGroup(body: String, expected: [String]) throws {
    let limits = try LimitRoutes.limits(Array(body.utf8))
    #expect(limits.map { "\($0.group):\($0.limit)" } == expected)
  }

  @Test(arguments: [
    ("", "at byte"), ("[]", "at byte"), (#"{"a":"1"}"#, "at byte"), (#"{"a":1.5}"#, "at byte"),
    (#"{"a":-2}"#, "must be -1, for none, or more"), (#"{"":1}"#, "cannot have a limit"),
    (#"{"a:b":1}"#, "cannot have a limit"), (#"{"a,b":1}"#, "cannot have a limit"),
    (#"{"10:00:00<time":1}"#, "cannot have a limit"), (#"{"a":1}x"#, "at byte"),
  ])
  func whatMakesNoSenseIsNamed(body: String, words: String) {
    let error = #expect(throws: ErrorResponse.self) { try LimitRoutes.limits(Array(body.utf8)) }
    #expect(error?.status == 400)
    #expect(error?.message.hasPrefix("the body must be a JSON object of limits by group: ") == true)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func limitsAreSetAndShown() throws {
    try withService { service in
      let client = try await service.connect()
      #expect(try await service.ask(client, "GET", "/rest/v1/limits/").body == "[]\n")
      let set = try await service.ask(client, "PUT", "/rest/v1/limits/", body: #"{"b":0,"a":2}"#)
      let both =
        #"[{"Name":"a","Limit":2,"Running":0},{"Name":"b","Limit":0,"Running":0}]"# + "\n"
      #expect(set.status == 200)
      #expect(set.body == both)
      #expect(try await service.ask(client, "GET", "/rest/v1/limits/").body == both)
      let some = try await service.ask(client, "GET", "/rest/v1/limits/a,unknown")
      #expect(
        some.body
          == #"[{"Name":"a","Limit":2,"Running":0},{"Name":"unknown","Limit":-1,"Running":0}]"#
          + "\n")
      let refused = try await service.ask(client, "PUT", "/rest/v1/limits/", body: #"{"a":-7}"#)
      #expect(refused.status == 400)
      _ = try await service.ask(client, "PUT", "/rest/v1/limits/", body: #"{"a":-1,"b":-1}"#)
      #expect(try await service.ask(client, "GET", "/rest/v1/limits/").body == "[]\n")
    }
  }
}
