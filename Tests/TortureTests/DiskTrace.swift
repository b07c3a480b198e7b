/// What a process did to its files, call by call: see Tests/CrashPoints.
struct DiskTrace {
  enum Call: Hashable {
    case create(String)
    case truncate(String, size: Int)
    case write(String, offset: Int, bytes: ArraySlice<UInt8>)
    /// Of a file or of a directory.
    case sync(String)
    case unlink(String)
    case rename(String, to: String)
  }

  private(set) var calls: [Call] = []

  /// - Throws: `TortureError` if it is not a whole trace.
  init(_ bytes: [UInt8]) throws(TortureError) {
    var rest = bytes[...]
    while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: rest[..<newline], as: UTF8.self)
      rest = rest[(newline + 1)...]
      guard let call = Self.call(line, data: &rest) else {
        throw TortureError("a trace has the line \"\(line)\"")
      }
      calls.append(call)
    }
    guard rest.isEmpty else { throw TortureError("a trace ends in the middle of a line") }
  }

  /// - Parameter data: what follows the line; what belongs to it is taken off.
  private static func call(_ line: String, data: inout ArraySlice<UInt8>) -> Call? {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2 else { return nil }
    switch words[0] {
    case "create": return .create(words[1])
    case "sync": return .sync(words[1])
    case "unlink": return .unlink(words[1])
    case "rename":
      let names = words[1].split(separator: "\t").map(String.init)
      return names.count == 2 ? .rename(names[0], to: names[1]) : nil
    case "truncate":
      let parts = words[1].split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let size = Int(parts[0]) else { return nil }
      return .truncate(String(parts[1]), size: size)
    case "write":
      let parts = words[1].split(separator: " ", maxSplits: 2)
      guard parts.count == 3, let offset = Int(parts[0]), let count = Int(parts[1]),
        count <= data.count
      else { return nil }
      defer { data = data.dropFirst(count) }
      return .write(String(parts[2]), offset: offset, bytes: data.prefix(count))
    default: return nil
    }
  }
}
