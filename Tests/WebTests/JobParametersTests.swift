import HTTP
import Manager
import Testing

@testable import Web

struct JobParametersTests {
  private static func parameters(
    _ identifiers: String? = nil, _ query: (name: String, value: String)...
  ) throws -> JobParameters {
    try JobParameters(identifiers: identifiers, Target(query: query))
  }

  @Test func withoutParametersAllIncompleteJobsAreMeant() throws {
    let parameters = try Self.parameters()
    #expect(parameters.selection == JobSelection())
    #expect(!parameters.std && !parameters.env)
  }

  @Test func identifiersAreSplitAtCommas() throws {
    #expect(try Self.parameters("a,b,,c").selection.identifiers == ["a", "b", "c"])
  }

  /// Else `DELETE /rest/v1/jobs/,?state=deletable` would delete everything.
  @Test func commasAloneAreNotTheSameAsNoIdentifier() throws {
    #expect(try Self.parameters(",").selection.identifiers == [])
  }

  @Test func onlyTheLiteralTrueSwitchesOn() throws {
    let on = try Self.parameters(nil, ("search", "true"), ("std", "true"), ("env", "true"))
    #expect(on.selection.search && on.std && on.env)
    let off = try Self.parameters(nil, ("search", "1"), ("std", "TRUE"), ("env", "yes"))
    #expect(!off.selection.search && !off.std && !off.env)
  }

  @Test(arguments: [("3", 3), ("+3", 3), ("0", 0), ("-4", 0), ("", 0)])
  func limitsAreRead(text: String, limit: Int) throws {
    #expect(try Self.parameters(nil, ("limit", text)).selection.limit == limit)
  }

  @Test(arguments: [
    ("abc", "strconv.Atoi: parsing \"abc\": invalid syntax"),
    ("1.5", "strconv.Atoi: parsing \"1.5\": invalid syntax"),
    (" 1", "strconv.Atoi: parsing \" 1\": invalid syntax"),
    ("+", "strconv.Atoi: parsing \"+\": invalid syntax"),
    ("99999999999999999999", "strconv.Atoi: parsing \"99999999999999999999\": value out of range"),
  ])
  func limitsThatAreNoIntegersAreRefused(text: String, message: String) {
    let error = #expect(throws: ErrorResponse.self) { try Self.parameters(nil, ("limit", text)) }
    #expect(
      error
        == ErrorResponse(400, "\(message); limit must be a whole number, 0 or less for none"))
  }

  @Test(arguments: StateFilter.allCases)
  func statesAreRead(state: StateFilter) throws {
    #expect(try Self.parameters(nil, ("state", state.rawValue)).selection.state == state)
  }

  @Test(arguments: ["Ready", "deleted", "all"])
  func unknownStatesAreRefused(text: String) {
    let error = #expect(throws: ErrorResponse.self) { try Self.parameters(nil, ("state", text)) }
    #expect(error?.status == 400)
    #expect(error?.message.contains("delayed|ready|reserved|running|lost|buried") == true)
  }

  @Test func anEmptyStateIsNone() throws {
    #expect(try Self.parameters(nil, ("state", "")).selection.state == nil)
  }

  @Test(arguments: [StateFilter.running, .lost, .deletable])
  func threeStatesCanBeCancelled(state: StateFilter) throws {
    let target = Target(query: [("state", state.rawValue)])
    #expect(try JobParameters(cancelling: "a", target).selection.state == state)
  }

  @Test(arguments: [nil, "", "ready", "complete", "null"])
  func otherStatesCannotBeCancelled(state: String?) {
    let target = Target(query: state.map { [("state", $0)] } ?? [])
    let error = #expect(throws: ErrorResponse.self) { try JobParameters(cancelling: "a", target) }
    #expect(
      error == ErrorResponse(400, "state must be supplied as one of running|lost|deletable"))
  }
}
