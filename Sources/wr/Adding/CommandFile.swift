import Glibc
import Jobs
import Platform
import Web

/// Command lines as `wr add` reads them, made into the body of a POST (cli.md §2).
///
/// A line is a command; or a command, a tab and a JSON object of its properties; or such an object
/// that holds the command too. Lines without a command are skipped.
struct CommandFile {
  enum Source: Hashable {
    /// A path; `-` for standard input.
    case file(String)
    case command(String)
  }

  /// The objects, with commas between them.
  private var objects: [UInt8] = []
  /// Which line each job stands in.
  private(set) var lines: [Int] = []
  /// Properties that are not known, each with the line where it came first.
  private(set) var unknown: [(name: String, line: Int)] = []
  /// Whether any job has no rep group of its own.
  private(set) var usesDefaultGroup = false
  /// The first command that seems to name a file of the directory by a relative path, and the file.
  private(set) var relative: (line: Int, path: String)?
  private var unknownNames: Set<String> = []
  private let entries: Set<String>

  private static let lineLimit = 4 << 20
  private static let pieceSize = 1 << 20
  private static let properties = Set(JobProperty.allCases.map(\.rawValue))

  var isEmpty: Bool { lines.isEmpty }
  var count: Int { lines.count }
  /// The JSON array of the jobs.
  var body: [UInt8] { [UInt8(ascii: "[")] + objects + [UInt8(ascii: "]")] }

  /// Reads all of it.
  ///
  /// - Parameters:
  ///   - limit: how many jobs to read at most; nil for all.
  ///   - entries: the names in the working directory, to find relative paths by.
  init(_ source: Source, limit: Int? = nil, entries: Set<String> = []) throws {
    self.entries = entries
    switch source {
    case .command(let text): try take(line: Array(text.utf8)[...], number: 1, isCommand: true)
    case .file(let path): try read(path, limit: limit)
    }
  }

  private mutating func read(_ path: String, limit: Int?) throws {
    let file = path == "-" ? Descriptor(owning: dup(0)) : try openFile(path, O_RDONLY)
    var rest: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: Self.pieceSize)
    var number = 0
    while true {
      let count = Glibc.read(file.number, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError(operation: "read \(path)") }
      let isEnd = count == 0
      rest += buffer[..<count]
      var start = 0
      while start < rest.count {
        guard
          let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) ?? (isEnd ? rest.count : nil)
        else { break }
        number += 1
        try take(line: rest[start..<end], number: number)
        start = end + 1
        if let limit, lines.count >= limit { return }
      }
      if isEnd { return }
      rest.removeFirst(min(start, rest.count))
      guard rest.count <= Self.lineLimit else {
        throw UsageError("line \(number + 1) is longer than 4 MiB")
      }
    }
  }

  // MARK: One line

  mutating func take(
    line: ArraySlice<UInt8>, number: Int, isCommand: Bool = false
  ) throws(UsageError) {
    let columns =
      isCommand
      ? [line] : line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    guard columns.count <= 2 else {
      throw UsageError(
        "line \(number) has \(columns.count) columns; it can have a command and, after a tab, a"
          + " JSON object")
    }
    let command = Self.trimmed(columns[0])
    if command.isEmpty { return }
    guard let text = String(validating: command, as: UTF8.self) else {
      throw UsageError("line \(number) is not UTF-8")
    }
    var object = columns.count == 2 ? Self.trimmed(columns[1]) : []
    if columns.count == 1, !isCommand, command.first == UInt8(ascii: "{") {
      object = command
      let said = try look(into: object, number)
      note(said.cmd, said, number)
      append(object, number)
      return
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
    append(bytes[...], number)
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
            unknown.append((name, number))
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
    guard relative == nil, !said.cwdMatters, !entries.isEmpty else { return }
    for word in command.split(separator: " ") where !word.hasPrefix("/") && !word.hasPrefix("-") {
      let parts = word.split(separator: "/")
      let first = parts.first == "." ? parts.dropFirst().first : parts.first
      if let first, entries.contains(String(first)) {
        relative = (number, String(word))
        return
      }
    }
  }

  private mutating func append(_ object: ArraySlice<UInt8>, _ number: Int) {
    if !lines.isEmpty { objects += [UInt8(ascii: ","), UInt8(ascii: "\n")] }
    objects += object
    lines.append(number)
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 9...13 ~= byte }
    let start = text.drop(while: isSpace)
    return start.dropLast(start.reversed().prefix(while: isSpace).count)
  }

  // MARK: At the manager

  /// The keys of the jobs, as adding them with these parameters would make them.
  func keys(
    _ manager: ManagerConnection, _ parameters: [(name: String, value: String)]
  ) throws -> [String] {
    try trial(manager, parameters).keys
  }

  /// Has the manager check all, and add nothing.
  func trial(
    _ manager: ManagerConnection, _ parameters: [(name: String, value: String)]
  ) throws -> AddResult {
    try post(manager, parameters + [("dry_run", "true")])
  }

  /// Posts the jobs; an error says the line and not the index.
  func post(
    _ manager: ManagerConnection, _ parameters: [(name: String, value: String)]
  ) throws -> AddResult {
    do {
      let answer = try manager.ask(
        "POST", ["jobs"], query: parameters.map { ($0.name, $0.value) }, body: body)
      return try AddResult(answer.body)
    } catch let error as StartError {
      throw StartError(located(error.description))
    }
  }

  /// A sentence of the manager with the number of a line in the place of an index.
  func located(_ sentence: String) -> String {
    let mark = " (at index "
    guard sentence.hasSuffix(")"),
      let start = sentence.indices.last(where: { sentence[$0...].hasPrefix(mark) }),
      let index = Int(sentence[start...].dropFirst(mark.count).dropLast()),
      lines.indices.contains(index)
    else { return sentence }
    return "\(sentence[..<start]) (in line \(lines[index]))"
  }
}
