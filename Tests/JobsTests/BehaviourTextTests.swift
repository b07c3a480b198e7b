import Testing

@testable import Jobs

@Suite struct BehaviourTextTests {
  @Test func behavioursAreShownByTriggerInTheirOrder() {
    let behaviours = [
      Behaviour(on: .exit, .cleanupAll), Behaviour(on: .failure, .run("foo")),
      Behaviour(on: .success, .cleanup), Behaviour(on: .failure, .remove),
    ]
    #expect(
      Behaviour.text(of: behaviours)
        == #"{"on_failure":[{"run":"foo"},{"remove":true}],"on_success":[{"cleanup":true}],"#
        + #""on_exit":[{"cleanup_all":true}]}"#)
  }

  @Test func theDocumentedExampleIsShownWordForWord() {
    let behaviours = [
      Behaviour(on: .failure, .run("foo")), Behaviour(on: .success, .cleanup),
      Behaviour(on: .exit, .cleanupAll),
    ]
    #expect(
      Behaviour.text(of: behaviours)
        == #"{"on_failure":[{"run":"foo"}],"on_success":[{"cleanup":true}],"on_exit":[{"cleanup_all":true}]}"#
    )
  }

  @Test func noBehavioursAreShownAsNothing() {
    #expect(Behaviour.text(of: []) == "")
  }

  @Test func commandsAreNotEscapedForHTML() {
    #expect(
      Behaviour.text(of: [Behaviour(on: .exit, .run("a && b > /c < \"d\""))])
        == #"{"on_exit":[{"run":"a && b > /c < \"d\""}]}"#)
  }

  @Test(arguments: [
    (#"{"run":"x","cleanup":true,"remove":true}"#, Behaviour.Action.run("x")),
    (#"{"cleanup":true,"copy_to_manager":["a","b"]}"#, .copyToManager(["a", "b"])),
    (#"{"cleanup_all":true,"cleanup":true}"#, .cleanup),
    (#"{"remove":true,"cleanup_all":true}"#, .cleanupAll),
    (#"{"remove":true}"#, .remove),
    (#"{"Cleanup":true}"#, .cleanup),
    (#"{"run":"","copy_to_manager":[],"cleanup":false,"cleanup_all":null}"#, .nothing),
    (#"{"nothing":true}"#, .nothing),
    (#"{"unheard_of":[{}]}"#, .nothing),
    ("{}", .nothing),
  ])
  func ofSeveralMembersTheFirstThatSaysSomethingCounts(
    text: String, action: Behaviour.Action
  ) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try Behaviour.Action(shown: &reader) == action)
    try reader.finish()
  }

  @Test(arguments: [#"{"run":true}"#, #"{"cleanup":"true"}"#, "[]", "null", #"{"run":"x""#])
  func aMemberOfTheWrongKindIsRefused(text: String) {
    #expect(throws: JSONError.self) {
      var reader = JSONReader(Array(text.utf8))
      _ = try Behaviour.Action(shown: &reader)
    }
  }
}
