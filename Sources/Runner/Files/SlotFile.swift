import Glibc
import Jobs
import Platform

/// A file that is used again for one content after the other: making, naming and removing a file
/// costs a file system twenty times as much as overwriting one (docs/decisions/009-slots.md).
///
///     0    LENGTH SUM, of the content; or a NUL: the slot is free
///     64   marks, each of 64 bytes: a line, or nothing yet
///     …    the content
///
/// The header is written last and goes first, so whoever is killed meanwhile leaves a free slot. All
/// marks are on the first page, so each is there as a whole or not at all.
struct SlotFile: Hashable, Sendable {
  let path: String
  /// How many marks it has; at most 63.
  let marks: Int

  static let blockSize = 64

  /// What is in a slot that is not free.
  struct Content {
    var bytes: [UInt8]
    /// Those that were made, in their order.
    var marks: [String]
  }

  /// Fills the slot, which must be free. It is free still if that fails.
  /// - Returns: the file, open for writing.
  func write(_ content: [UInt8]) throws(SystemError) -> Descriptor {
    let file = try openFile(path, O_WRONLY | O_CREAT, mode: 0o600)
    let blank = [UInt8](repeating: 0, count: marks * Self.blockSize)
    try Self.write(blank + content, at: Self.blockSize, in: file.number, path)
    let header = "\(content.count) \(Self.sum(of: content))\n"
    try Self.write(Self.block(header), at: 0, in: file.number, path)
    return file
  }

  /// Writes a mark.
  /// - Parameter line: at most 63 bytes, ending in a newline.
  func mark(_ number: Int, _ line: String) throws(SystemError) {
    let file = try openFile(path, O_WRONLY)
    try Self.write(Self.block(line), at: offset(ofMark: number), in: file.number, path)
  }

  func offset(ofMark number: Int) -> Int { (number + 1) * Self.blockSize }

  /// Frees the slot.
  func clear() {
    // Without a descriptor or with a failing disk it goes altogether: what stayed would be believed.
    guard let file = try? openFile(path, O_WRONLY),
      uninterrupted({ pwrite(file.number, [0], 1, 0) }) == 1
    else {
      unlink(path)
      return
    }
  }

  /// Whether nothing is in the slot, for which only its first byte is read.
  func isFree() throws(SystemError) -> Bool {
    let file = try openFile(path, O_RDONLY)
    var first: UInt8 = 0
    let count = uninterrupted { pread(file.number, &first, 1, 0) }
    guard count >= 0 else { throw SystemError(operation: "read \(path)") }
    return first == 0
  }

  /// Reads what is in the slot.
  /// - Returns: nil if it is free.
  /// - Throws: `RunnerError.malformed` if it is damaged.
  func read() throws(RunnerError) -> Content? {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try readFile(path) } catch { throw .system(error) }
    guard let first = bytes.first, first != 0 else { return nil }
    let header = Self.line(in: bytes.prefix(Self.blockSize))?.split(separator: " ") ?? []
    let start = offset(ofMark: marks)
    guard header.count == 2, let length = Int(header[0]), length >= 0, start <= bytes.count,
      length <= bytes.count - start
    else { throw .malformed(file: path, reason: "it does not begin with a length and a sum") }
    let content = Array(bytes[start..<start + length])
    guard "\(Self.sum(of: content))" == header[1] else {
      throw .malformed(file: path, reason: "its sum is not that of its content")
    }
    let lines = (0..<marks).compactMap { number in
      Self.line(in: bytes[offset(ofMark: number)...].prefix(Self.blockSize))
    }
    return Content(bytes: content, marks: lines)
  }

  private static func line(in block: ArraySlice<UInt8>) -> String? {
    block.firstIndex(of: UInt8(ascii: "\n")).map {
      String(decoding: block[..<$0], as: UTF8.self)
    }
  }

  private static func block(_ line: String) -> [UInt8] {
    let bytes = Array(line.utf8)
    precondition(bytes.count < blockSize, "a block of a slot holds 63 bytes at most")
    return bytes + repeatElement(0, count: blockSize - bytes.count)
  }

  private static func sum(of content: [UInt8]) -> UInt64 { Fingerprint128.hash(content).low }

  private static func write(
    _ bytes: [UInt8], at offset: Int, in file: Int32, _ path: String
  ) throws(SystemError) {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        uninterrupted {
          pwrite(file, bytes.baseAddress! + start, bytes.count - start, off_t(offset + start))
        }
      }
      guard count > 0 else { throw SystemError(operation: "write \(path)") }
      start += count
    }
  }
}

/// Which slots of a directory are in use.
struct SlotNumbers: Sendable {
  private var free: [Int] = []
  private var next = 0

  /// - Parameter used: those that are in use already.
  init(used: some Sequence<Int> = []) {
    let used = Set(used)
    next = (used.max() ?? -1) + 1
    free = (0..<next).reversed().filter { !used.contains($0) }
  }

  /// Takes a slot that is free: the one that was given back last, as its file is in memory.
  mutating func take() -> Int {
    if let number = free.popLast() { return number }
    next += 1
    return next - 1
  }

  mutating func giveBack(_ number: Int) { free.append(number) }
}
