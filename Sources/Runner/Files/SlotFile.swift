import Glibc
import Jobs
import Platform
import Synchronization

/// A file that is used again for one content after the other: making, naming and removing a file
/// costs a file system twenty times as much as overwriting one (docs/decisions/009-slots.md).
///
///     0    LENGTH SUM, of the content; or a NUL: the slot is free
///     64   marks, each of 64 bytes: a line, or nothing yet
///     …    the content
///
/// The first page is written last and at once, so whoever is killed meanwhile leaves a free slot, and
/// each mark, which are all on that page, is there as a whole or not at all.
///
/// Nobody but the slot's owner calls it; its calls block.
final class SlotFile: Sendable {
  let path: String
  /// How many marks it has; at most 63.
  let marks: Int
  /// Whether the file stays open until the slot is used again.
  private let staysOpen: Bool
  /// The open file, -1 if there is none, or while somebody has it.
  private let kept = Atomic<Int32>(-1)

  init(path: String, marks: Int, staysOpen: Bool = false) {
    self.path = path
    self.marks = marks
    self.staysOpen = staysOpen
  }

  deinit { close(kept.load(ordering: .relaxed)) }

  static let blockSize = 64

  /// What is in a slot that is not free.
  struct Content {
    var bytes: [UInt8]
    /// Those that were made, in their order.
    var marks: [String]
  }

  /// Fills the slot, which must be free; where that fails it is to be cleared.
  /// - Returns: the file, open for writing.
  func write(_ content: [UInt8]) throws(SystemError) -> Descriptor {
    let file = try open(O_CREAT)
    var bytes = Self.block("\(content.count) \(Self.sum(of: content))\n")
    bytes.reserveCapacity(bytes.count + marks * Self.blockSize + content.count)
    bytes.append(contentsOf: repeatElement(0, count: marks * Self.blockSize))
    bytes.append(contentsOf: content)
    let first = min(bytes.count, Self.pageSize)
    try Self.write(bytes[first...], at: first, in: file.number, path)
    try Self.write(bytes[..<first], at: 0, in: file.number, path)
    return file
  }

  private static let pageSize = 4096

  /// Writes a mark.
  /// - Parameters:
  ///   - line: at most 63 bytes, ending in a newline.
  ///   - file: what `write` returned.
  func mark(_ number: Int, _ line: String, in file: borrowing Descriptor) throws(SystemError) {
    try Self.write(Self.block(line)[...], at: offset(ofMark: number), in: file.number, path)
  }

  /// Writes a mark.
  func mark(_ number: Int, _ line: String) throws(SystemError) {
    let file = try open()
    try mark(number, line, in: file)
    keep(file)
  }

  func offset(ofMark number: Int) -> Int { (number + 1) * Self.blockSize }

  /// Frees the slot.
  func clear() {
    // Without a descriptor or with a failing disk it goes altogether: what stayed would be believed.
    guard let file = try? open(), uninterrupted({ pwrite(file.number, [0], 1, 0) }) == 1 else {
      unlink(path)
      return
    }
    keep(file)
  }

  /// Gives back what `write` returned.
  func keep(_ file: consuming Descriptor) {
    guard staysOpen else { return }
    let other = kept.exchange(file.release(), ordering: .relaxed)
    if other >= 0 { close(other) }
  }

  private func open(_ flags: Int32 = 0) throws(SystemError) -> Descriptor {
    let number = kept.exchange(-1, ordering: .relaxed)
    guard number >= 0 else { return try openFile(path, O_WRONLY | flags) }
    let file = Descriptor(owning: number)
    var status = stat()
    // A successor looks for it by its name.
    if fstat(number, &status) == 0, status.st_nlink > 0 { return file }
    return try openFile(path, O_WRONLY | flags)
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
    _ bytes: ArraySlice<UInt8>, at offset: Int, in file: Int32, _ path: String
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
