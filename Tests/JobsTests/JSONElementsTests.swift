import Support
import Testing

@testable import Jobs

@Suite struct JSONElementsTests {
  /// The elements of an array that comes in pieces which end at these places.
  private func elements(_ text: String, _ cuts: [Int] = []) throws -> [String] {
    let bytes = Array(text.utf8)
    var reader = JSONElements()
    var found: [String] = []
    var start = 0
    for end in cuts.sorted() + [bytes.count] {
      try reader.append(Array(bytes[start..<end])) {
        found.append(String(decoding: $0, as: UTF8.self))
      }
      start = end
    }
    #expect(reader.isComplete)
    return found
  }

  private static let text = #"[{"a":[1,{"b":"],}"}],"c":"\\"},2,"x,\"y","é",[],{}]"# + "\n"
  private static let expected = [
    #"{"a":[1,{"b":"],}"}],"c":"\\"}"#, "2", #""x,\"y""#, #""é""#, "[]", "{}",
  ]

  @Test func elementsAreTakenWholeWhereverThePiecesEnd() throws {
    #expect(try elements(Self.text) == Self.expected)
    #expect(try elements(Self.text, Array(1..<Self.text.utf8.count)) == Self.expected)
    var random = SeededGenerator()
    for _ in 0..<200 {
      let cuts = (0..<5).map { _ in Int.random(in: 0...Self.text.utf8.count, using: &random) }
      #expect(try elements(Self.text, cuts) == Self.expected, "seed \(random.seed)")
    }
  }

  @Test func anEmptyArrayHasNone() throws {
    #expect(try elements("[]\n") == [])
    #expect(try elements(" [ \n ] ") == [])
  }

  @Test(arguments: ["{}", "1", "[] 2", "[][", "x"]) func whatIsNoArrayIsRefused(text: String) {
    #expect(throws: JSONError.self) { try elements(text) }
  }

  @Test func anArrayThatIsCutOffIsNotComplete() throws {
    var reader = JSONElements()
    try reader.append(Array("[1,2".utf8)) { _ in }
    #expect(!reader.isComplete)
  }
}
