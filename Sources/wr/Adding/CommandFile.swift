import Glibc
import Jobs
import Platform

/// Command lines as `wr add` reads them, made into the lines of a POST, piece by piece: a file may
/// be longer than memory (cli.md §2).
///
/// Each line of the file gives one line, an empty one if it has no command, so that the manager
/// numbers them as we do.
struct CommandFile: Sendable {
  enum Source: Hashable {
    /// A path; `-` for standard input.
    case file(String)
    case command(String)
  }

  /// What is known of the commands so far.
  var lines: CommandLines

  private let name: String
  /// Nil when nothing more is to be read.
  private var file: InputFile?
  private let limit: Int?
  /// What was read and is not dealt with.
  private var rest: [UInt8] = []
  /// What is to be given next.
  private var piece: [UInt8] = []

  private static let lineLimit = 4 << 20
  private static let pieceSize = 256 << 10

  /// - Parameters:
  ///   - limit: how many commands to read at most; nil for all.
  ///   - entries: the names in the working directory, to find relative paths by.
  init(_ source: Source, limit: Int? = nil, entries: Set<String> = []) throws {
    lines = CommandLines(entries: entries)
    self.limit = limit
    switch source {
    case .command(let text):
      name = "the command"
      piece = try lines.take(Array(text.utf8)[...], isCommand: true)
    case .file(let path):
      name = path
      if limit != 0 { file = try InputFile(path) }
    }
  }

  /// The next lines of the POST, about 256 kB; nil at the end.
  ///
  /// - Throws: what is wrong with the file, or with a line, by its number.
  mutating func next() throws -> [UInt8]? {
    while let file, piece.count < Self.pieceSize {
      let text = try file.read(upTo: Self.pieceSize, named: name)
      rest += text
      try takeLines(isEnd: text.isEmpty)
    }
    defer { piece = [] }
    return piece.isEmpty ? nil : piece
  }

  private mutating func takeLines(isEnd: Bool) throws(UsageError) {
    var start = 0
    while start < rest.count, file != nil {
      let found = rest[start...].firstIndex(of: UInt8(ascii: "\n"))
      guard let end = found ?? (isEnd ? rest.count : nil) else { break }
      piece += try lines.take(rest[start..<end])
      start = end + 1
      if let limit, lines.count >= limit { file = nil }
    }
    rest.removeFirst(min(start, rest.count))
    guard rest.count <= Self.lineLimit || file == nil else {
      throw UsageError("line \(lines.lineCount + 1) is longer than 4 MiB")
    }
    if isEnd { file = nil }
  }
}

/// A file that is read from its beginning to its end.
private final class InputFile: Sendable {
  private let descriptor: Descriptor

  /// - Parameter path: `-` for standard input.
  init(_ path: String) throws(SystemError) {
    descriptor = path == "-" ? Descriptor(owning: dup(0)) : try openFile(path, O_RDONLY)
  }

  /// Reads what comes next, at most so many bytes.
  ///
  /// - Returns: nothing at the end.
  func read(upTo limit: Int, named name: String) throws(SystemError) -> [UInt8] {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      result = uninterrupted { Glibc.read(descriptor.number, buffer.baseAddress, limit) }
      count = max(0, result)
    }
    guard result >= 0 else { throw SystemError(operation: "read \(name)") }
    return bytes
  }
}
