import Glibc
import Platform
import Support
import Testing

@testable import Manager

@Suite struct TokenTests {
  private let directory = TemporaryDirectory()
  private var file: String { directory.file("client.token") }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test func aNewTokenHas43CharactersAndNoLineEnd() throws {
    let (token, warning) = try Token.establish(at: file)
    let bytes = try readFile(file)
    #expect(bytes.count == 43)
    #expect(bytes == Array(token.text.utf8))
    #expect(
      token.text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
    #expect(mode(file) == 0o600)
    #expect(warning == nil)
  }

  @Test func aTokenIsUsedAgain() throws {
    let first = try Token.establish(at: file).token
    #expect(try Token.establish(at: file).token.text == first.text)
    #expect(try Token.read(file)?.text == first.text)
  }

  @Test func thereIsNoneWithoutAFile() throws {
    #expect(try Token.read(file) == nil)
  }

  @Test(arguments: [
    "", "short", String(repeating: "a", count: 42), String(repeating: "a", count: 44),
    String(repeating: "a", count: 43) + "\n", String(repeating: "a", count: 42) + "\n",
    String(repeating: "a", count: 42) + "+", String(repeating: "a", count: 42) + "=",
    String(repeating: "a", count: 41) + "é",
  ])
  func whatIsNoTokenIsReplaced(_ content: String) throws {
    try writeFileAtomically(file, content.utf8, mode: 0o600)
    #expect(try Token.read(file) == nil)
    let token = try Token.establish(at: file).token
    #expect(try readFile(file) == Array(token.text.utf8))
    #expect(token.text != content)
  }

  @Test(arguments: [0o644, 0o640, 0o606] as [mode_t])
  func aFileThatOthersCouldReadIsRepairedAndReported(_ loose: mode_t) throws {
    let first = try Token.establish(at: file).token
    #expect(chmod(file, loose) == 0)
    let (token, warning) = try Token.establish(at: file)
    #expect(token.text == first.text)
    #expect(mode(file) == 0o600)
    #expect(warning?.contains(file) == true)
    #expect(warning?.contains(token.text) == false)
  }

  @Test func onlyTheWholeTokenMatches() throws {
    let token = try Token()
    #expect(token.matches(token.text))
    #expect(!token.matches(""))
    #expect(!token.matches(String(token.text.dropLast())))
    #expect(!token.matches(token.text + "A"))
    #expect(!token.matches(token.text + "\0"))
    #expect(!token.matches(token.text.lowercased() + token.text))
    for position in 0..<Token.length {
      var other = Array(token.text.utf8)
      other[position] ^= 1
      #expect(!token.matches(String(decoding: other, as: UTF8.self)))
    }
  }

  @Test func noDescriptionShowsIt() throws {
    let token = try Token()
    var dumped = ""
    dump((token, [token]), to: &dumped)
    for text in ["\(token)", String(reflecting: token), "\([token])", dumped] {
      #expect(!text.contains(token.text))
      for run in stride(from: 0, to: 40, by: 8) {
        #expect(!text.contains(token.text.dropFirst(run).prefix(8)))
      }
    }
  }

  @Test func tokensAreMadeAnew() throws {
    let tokens = try (0..<100).map { _ in try Token().text }
    #expect(Set(tokens).count == 100)
  }

  /// RFC 4648 §10, in the alphabet of §5 and without padding.
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
    ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
  ])
  func theEncodingIsBase64(_ plain: String, _ encoded: String) {
    #expect(Token.encoded(Array(plain.utf8)) == Array(encoded.utf8))
    #expect(Token.encoded([0xFB, 0xFF, 0xFE]) == Array("-__-".utf8))
  }
}
