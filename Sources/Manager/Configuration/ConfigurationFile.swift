/// A configuration file: the flat part of YAML, lines of `key: value` with comments and quotes.
///
/// What YAML can say beyond that is refused, not misread.
struct ConfigurationFile {
  /// The values by key; keys are in lower case. A key without a value, or with YAML's null, is
  /// not there.
  private(set) var values: [String: String] = [:]

  /// - Parameter path: for errors.
  init(parsing bytes: [UInt8], path: String) throws(ConfigurationError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .syntax(path: path, line: 1, problem: "this is not UTF-8 text")
    }
    var seen: [String: Int] = [:]
    // Scalars, because "\r\n" is one character.
    for (index, line) in text.unicodeScalars.split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .enumerated() {
      do throws(Refusal) {
        guard let (key, value) = try Self.entry(line, isFirst: index == 0) else { continue }
        if let earlier = seen.updateValue(index + 1, forKey: key) {
          throw Refusal("\(key) was set in line \(earlier) already")
        }
        values[key] = value
      } catch { throw .syntax(path: path, line: index + 1, problem: error.problem) }
    }
  }

  private struct Refusal: Error {
    var problem: String
    init(_ problem: String) { self.problem = problem }
  }

  private typealias Scalars = Substring.UnicodeScalarView

  /// What a line sets; nil if nothing, with a nil value if a key to nothing.
  private static func entry(
    _ line: Scalars, isFirst: Bool
  ) throws(Refusal) -> (String, String?)? {
    var line = line
    if isFirst, line.first == "\u{FEFF}" { line.removeFirst() }
    while let last = line.last, isSpace(last) || last == "\r" { line.removeLast() }
    let content = line.drop(while: isSpace)
    if content.isEmpty || content.first == "#" { return nil }
    if String(line) == "---" || String(line) == "..." { return nil }
    guard content.startIndex == line.startIndex else {
      throw Refusal("an indented line means a nested value")
    }
    if content.first == "-" { throw Refusal("this is a list") }
    let name = content.prefix { isWord($0) }
    let rest = content[name.endIndex...].drop(while: isSpace)
    guard !name.isEmpty, rest.first == ":" else { throw Refusal("there is no key with a colon") }
    let value = rest.dropFirst()
    guard value.isEmpty || isSpace(value.first!) else {
      throw Refusal("after the colon there must be a space")
    }
    return (String(name).lowercased(), try scalar(value.drop(while: isSpace)))
  }

  /// The value that `text`, which has no spaces around it, stands for.
  private static func scalar(_ text: Scalars) throws(Refusal) -> String? {
    guard let first = text.first, first != "#" else { return nil }
    switch first {
    case "\"": return try doubleQuoted(text.dropFirst())
    case "'": return try singleQuoted(text.dropFirst())
    case "{", "[": throw Refusal("the value is nested")
    case "|", ">": throw Refusal("the value extends over lines")
    case "&", "*", "!", "%", "@", "`":
      throw Refusal("a value that begins with \(first) must be in quotes")
    default: break
    }
    var plain = Scalars()
    var last: Unicode.Scalar?
    for scalar in text {
      if scalar == "#", let last, isSpace(last) { break }
      if isSpace(scalar), last == ":" { throw Refusal("a value with \": \" must be in quotes") }
      plain.append(scalar)
      last = scalar
    }
    while let last = plain.last, isSpace(last) { plain.removeLast() }
    if plain.last == ":" { throw Refusal("a value that ends with a colon must be in quotes") }
    let value = String(plain)
    return ["~", "null", "Null", "NULL"].contains(value) ? nil : value
  }

  private static func singleQuoted(_ text: Scalars) throws(Refusal) -> String {
    var value = Scalars()
    var rest = text
    while let scalar = rest.popFirst() {
      if scalar != "'" {
        value.append(scalar)
      } else if rest.first == "'" {
        value.append(rest.removeFirst())
      } else {
        try checkEnd(rest)
        return String(value)
      }
    }
    throw Refusal("the quote does not end")
  }

  private static func doubleQuoted(_ text: Scalars) throws(Refusal) -> String {
    var value = Scalars()
    var rest = text
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"":
        try checkEnd(rest)
        return String(value)
      case "\\":
        switch rest.popFirst() {
        case "n": value.append("\n")
        case "t": value.append("\t")
        case .some(let escaped) where "\"\\/ ".unicodeScalars.contains(escaped):
          value.append(escaped)
        default: throw Refusal("in double quotes \\ may only stand before \" \\ / n t or a space")
        }
      default: value.append(scalar)
      }
    }
    throw Refusal("the quote does not end")
  }

  /// After a quoted value there may be a comment.
  private static func checkEnd(_ rest: Scalars) throws(Refusal) {
    let next = rest.drop(while: isSpace)
    guard next.isEmpty || next.first == "#" && next.startIndex != rest.startIndex else {
      throw Refusal("there is text after the quotes")
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": true
    default: false
    }
  }
}
