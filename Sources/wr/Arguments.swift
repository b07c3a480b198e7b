/// An option of a sub-command: its names, and what it takes.
struct Option: Sendable {
  /// Without the dashes: "max_cores".
  var name: String
  /// One letter, without the dash.
  var short: Character?
  /// What the value is called in the help; nil for a flag.
  var value: String?
  var help: String
}

/// A sub-command's arguments, taken apart: `--name value`, `--name=value`, `-n value`, `-nvalue`,
/// flags (`-f`, clustered `-fx`), and what is left.
struct Arguments {
  private(set) var values: [String: String] = [:]
  private(set) var flags: Set<String> = []
  private(set) var positional: [String] = []

  /// - Parameter options: what the sub-command knows; `--deployment` and `--help` are known to all.
  /// - Parameter isSingleDashed: whether `-name` is the option `name`, too.
  init(
    _ words: some Sequence<String>, options: [Option], isSingleDashed: Bool = false
  ) throws(UsageError) {
    let options = options + Self.common
    var words = Array(words)[...]
    while let word = words.popFirst() {
      if word == "--" {
        positional += words
        return
      }
      let isLong = isSingleDashed && options.contains { word == "-\($0.name)" }
      if isLong {
        try takeLong(word.dropFirst(), &words, options)
      } else if word.hasPrefix("--") {
        try takeLong(word.dropFirst(2), &words, options)
      } else if word.hasPrefix("-"), word.count > 1 {
        try takeShort(word.dropFirst(), &words, options)
      } else {
        positional.append(word)
      }
    }
  }

  static let common = [
    Option(
      name: "deployment", value: "NAME",
      help: "production or development: which of your two managers is meant"),
    Option(name: "help", short: "h", help: "show this help"),
  ]

  subscript(name: String) -> String? { values[name] }
  func has(_ flag: String) -> Bool { flags.contains(flag) }

  /// The value of an option that is a whole number.
  func integer(_ name: String) throws(UsageError) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text) else {
      throw UsageError("--\(name) takes a whole number, not \"\(text)\"")
    }
    return number
  }

  private mutating func takeLong(
    _ word: Substring, _ words: inout ArraySlice<String>, _ options: [Option]
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = options.first(where: { $0.name == name }) else {
      throw UsageError.unknown("option --\(name)", among: options.map { "--\($0.name)" })
    }
    if option.value == nil {
      guard parts.count == 1 else { throw UsageError("--\(name) takes no value") }
      flags.insert(name)
    } else if parts.count == 2 {
      values[name] = String(parts[1])
    } else {
      values[name] = try next(&words, for: "--\(name)")
    }
  }

  private mutating func takeShort(
    _ word: Substring, _ words: inout ArraySlice<String>, _ options: [Option]
  ) throws(UsageError) {
    var letters = word
    while let letter = letters.popFirst() {
      guard let option = options.first(where: { $0.short == letter }) else {
        throw UsageError.unknown(
          "option -\(letter)", among: options.compactMap { $0.short.map { "-\($0)" } })
      }
      if option.value == nil {
        flags.insert(option.name)
        continue
      }
      let glued = letters.first == "=" ? letters.dropFirst() : letters
      values[option.name] = glued.isEmpty ? try next(&words, for: "-\(letter)") : String(glued)
      return
    }
  }

  private func next(_ words: inout ArraySlice<String>, for option: String) throws(UsageError)
    -> String
  {
    guard let value = words.popFirst() else { throw UsageError("\(option) needs a value") }
    return value
  }
}

/// A command line that makes no sense.
struct UsageError: Error, Hashable {
  var message: String

  init(_ message: String) { self.message = message }

  /// Names what is not known, and the nearest that is, if one is near.
  static func unknown(_ what: String, among known: [String]) -> UsageError {
    let word = String(what.drop { $0 != " " }.dropFirst())
    let nearest = known.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
    if let (name, distance) = nearest, distance <= max(1, name.count / 3) {
      return UsageError("unknown \(what); did you mean \(name)?")
    }
    return UsageError("unknown \(what); known are \(known.joined(separator: ", "))")
  }
}

/// How many letters must be put in, taken out or replaced to make one word of the other
/// (Levenshtein).
func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let above = row[j + 1]
      row[j + 1] = a[i] == b[j] ? diagonal : 1 + min(diagonal, above, row[j])
      diagonal = above
    }
  }
  return row[b.count]
}
