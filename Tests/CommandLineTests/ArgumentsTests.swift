import Testing

@testable import wr

@Suite struct ArgumentsTests {
  private let options = [
    Option(name: "file", short: "f", value: "FILE", help: ""),
    Option(name: "simple", short: "s", help: ""), Option(name: "all", short: "a", help: ""),
    Option(name: "age", value: "TIME", help: ""),
  ]

  @Test(arguments: [
    ["--file", "x"], ["--file=x"], ["-f", "x"], ["-fx"], ["-f=x"], ["-safx"], ["-f", "y", "-fx"],
  ])
  func aValueIsGivenInManyWays(words: [String]) throws {
    #expect(try Arguments(words, options: options)["file"] == "x")
  }

  @Test func shortFlagsCluster() throws {
    let arguments = try Arguments(["-sa", "x", "--", "-f"], options: options)
    #expect(arguments.has("simple") && arguments.has("all"))
    #expect(arguments.positional == ["x", "-f"])
  }

  @Test func aDashAloneIsAValue() throws {
    #expect(try Arguments(["-f", "-"], options: options)["file"] == "-")
  }

  @Test(arguments: [
    (["--fiel", "x"], "unknown option --fiel; did you mean --file?"),
    (["--file"], "--file needs a value"), (["-f"], "-f needs a value"),
    (["--simple=1"], "--simple takes no value"),
    (["-q"], "unknown option -q; did you mean -f?"),
  ])
  func mistakesAreNamedWithTheNearestOption(words: [String], message: String) {
    let error = #expect(throws: UsageError.self) { _ = try Arguments(words, options: options) }
    #expect(error?.message == message)
  }

  @Test func timesAreRead() throws {
    #expect(try Arguments(["--age", "1h"], options: options).duration("age") == .seconds(3600))
    #expect(try Arguments([], options: options).duration("age") == nil)
    let error = #expect(throws: UsageError.self) {
      _ = try Arguments(["--age", "5"], options: options).duration("age")
    }
    #expect(error?.message.hasPrefix("--age takes a time such as 90s") == true)
  }

  @Test func noCommandHasTwoOptionsOfOneName() {
    for command in Command.all {
      let options = command.options + Arguments.common
      let names = options.map(\.name)
      let letters = options.compactMap(\.short)
      #expect(Set(names).count == names.count, "\(command.words)")
      #expect(Set(letters).count == letters.count, "\(command.words)")
    }
  }
}
