import Testing
import Web

@testable import wr

@Suite struct JobOptionsTests {
  private func parameters(_ words: String...) throws -> [String] {
    try JobOptions.parameters(Arguments(words, options: JobOptions.all)).map {
      "\($0.name)=\($0.value)"
    }
  }

  @Test func optionsBecomeParametersOfTheSameName() throws {
    #expect(
      try parameters("-m", "2G", "--cwd_matters", "-l", "a:3,b", "--disk", "0")
        == ["limit_grps=a:3,b", "cwd_matters=true", "memory=2G", "disk=0"])
  }

  @Test func everyPlainOptionIsAProperty() {
    for option in JobOptions.plain { #expect(JobProperty(rawValue: option.name) != nil) }
  }

  @Test(arguments: [("no", 0), ("n", 0), ("1", 1), ("higher", 1), ("a", 2), ("2", 2)])
  func overridingHasWords(word: String, number: Int) throws {
    #expect(try JobOptions.overriding(word) == number)
  }

  @Test func otherWordsAreRefused() {
    #expect(throws: UsageError.self) { try JobOptions.overriding("3") }
    #expect(throws: UsageError.self) { try JobOptions.commandDependencies("a,b,c") }
    #expect(throws: UsageError.self) { try JobOptions.mounts("xr:bucket") }
    #expect(throws: UsageError.self) { try JobOptions.mounts("cr:") }
    #expect(throws: UsageError.self) {
      try parameters("--with_docker", "a", "--with_singularity", "b")
    }
    #expect(throws: UsageError.self) { try parameters("--mounts", "ur:b", "-j", "[]") }
  }

  @Test func commandsToWaitForComeInPairs() throws {
    #expect(
      try JobOptions.commandDependencies("a b,/tmp,c,")
        == #"[{"cmd":"a b","cwd":"/tmp"},{"cmd":"c","cwd":""}]"#)
  }

  @Test func shortMountsAreOneMountOfManyTargets() throws {
    #expect(
      try JobOptions.mounts("ur:bucket/path,cw:me@other")
        == #"[{"Targets":[{"Path":"bucket/path"},{"Profile":"me","Path":"other","Cache":true,"#
        + #""Write":true}]}]"#)
  }
}
