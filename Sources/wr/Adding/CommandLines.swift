import Jobs
import Web

/// Makes the lines of a POST of the lines that `wr add` takes, and notes what is odd about them
/// (cli.md §2).
///
/// A line is a command; or a command, a tab and a JSON object of its properties; or such an object
/// that holds the command too. Lines without a command are skipped.
struct CommandLines: Sendable {
  /// How many lines there were, and how many of them have a command.
  private(set) var lineCount = 0
  private(set) var count = 0
  /// Whether any job has no rep group of its own.
  private(set) var usesDefaultGroup = false
  /// Not told yet.
  private var oddities: [Oddity] = []
  private var unknownNames: Set<String> = []
  private var hasRelative = false
  private let entries: Set<String>

  /// What is allowed, but may be a mistake; each is noted where it comes first.
  enum Oddity: Hashable {
    case unknownProperty(String, line: Int)
    /// A command seems to name a file of the directory by a relative path: the first that does.
    case relativePath(String, line: Int)
  }

  private static let properties = Set(JobProperty.allCases.map(\.rawValue))

  /// - Parameter entries: the names in the working directory, to find relative paths by.
  init(entries: Set<String> = []) { self.entries = entries }

  /// Takes the next line.
  ///
  /// - Parameter isCommand: whether all of it is the command, tabs and braces too.
  /// - Returns: the line of a POST that it makes, with its newline.
  mutating func take(
    _ line: ArraySlice<UInt8>, isCommand: Bool = false
  ) throws(UsageError) -> [UInt8] {
    lineCount += 1
    guard let object = try object(of: line, isCommand) else { return [UInt8(ascii: "\n")] }
    count += 1
    return object + [UInt8(ascii: "\n")]
  }

  /// What was found since the last call.
  mutating func takeOddities() -> [Oddity] {
    defer { oddities = [] }
    return oddities
  }

  private mutating func object(
    of line: ArraySlice<UInt8>, _ isCommand: Bool
  ) throws(UsageError) -> ArraySlice<UInt8>? {
    let number = lineCount
    let columns =
      isCommand
      ? [line] : line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    guard columns.count <= 2 else {
      throw UsageError(
        "line \(number) has \(columns.count) columns; it can have a command and, after a tab, a"
          + " JSON object")
    }
    let command = Self.trimmed(columns[0])
    if command.isEmpty { return nil }
    guard let text = String(validating: command, as: UTF8.self) else {
      throw UsageError("line \(number) is not UTF-8")
    }
    var object = columns.count == 2 ? Self.trimmed(columns[1]) : []
    if columns.count == 1, !isCommand, command.first == UInt8(ascii: "{") {
      object = command
      let said = try look(into: object, number)
      note(said.cmd, said, number)
      return object
    }
    let said = object.isEmpty ? Said() : try look(into: object, number)
    note(text, said, number)
    // Of two members of a name the last counts: the first column wins.
    var json = JSONWriter(capacity: command.count + object.count + 16)
    json.string(text)
    let members = object.dropFirst().dropLast()
    var bytes = Array("{".utf8)
    if !Self.trimmed(members).isEmpty { bytes += members + [UInt8(ascii: ",")] }
    bytes += Array("\"cmd\":".utf8) + json.takeBytes() + [UInt8(ascii: "}")]
    return bytes[...]
  }

  /// What a line's object says that matters here.
  private struct Said {
    var cmd = ""
    var cwdMatters = false
    var hasGroup = false
  }

  /// Looks whether it is an object, and what is in it.
  private mutating func look(
    into object: ArraySlice<UInt8>, _ number: Int
  ) throws(UsageError) -> Said {
    var said = Said()
    do throws(JSONError) {
      var reader = JSONReader(Array(object))
      try reader.beginObject()
      while let name = try reader.nextName() {
        let known = name.lowercased()
        switch known {
        case "cmd": said.cmd = try reader.string()
        case "cwd_matters" where try reader.kind() == .bool: said.cwdMatters = try reader.bool()
        case "rep_grp" where try reader.kind() == .string:
          said.hasGroup = try !reader.string().isEmpty
        default:
          if !Self.properties.contains(known), unknownNames.insert(name).inserted {
            oddities.append(.unknownProperty(name, line: number))
          }
          try reader.skip()
        }
      }
      try reader.finish()
    } catch {
      throw UsageError("line \(number) has no proper JSON object: \(error)")
    }
    return said
  }

  private mutating func note(_ command: String, _ said: Said, _ number: Int) {
    if !said.hasGroup { usesDefaultGroup = true }
    guard !hasRelative, !said.cwdMatters, !entries.isEmpty else { return }
    for word in command.split(separator: " ") where !word.hasPrefix("/") && !word.hasPrefix("-") {
      let parts = word.split(separator: "/")
      let first = parts.first == "." ? parts.dropFirst().first : parts.first
      if let first, entries.contains(String(first)) {
        hasRelative = true
        oddities.append(.relativePath(String(word), line: number))
        return
      }
    }
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 9...13 ~= byte }
    let start = text.drop(while: isSpace)
    return start.dropLast(start.reversed().prefix(while: isSpace).count)
  }
}
