import Glibc

/// Keeps the first and the last bytes of a stream of any length, and counts what it dropped
/// between them (behaviour.md §6.4). Its memory is bounded by twice `limit`.
struct OutputTail {
  /// How much is kept of either end, unless told otherwise.
  static let standardLimit = 4096

  /// How many bytes are kept of either end.
  let limit: Int
  /// All bytes ever appended.
  private(set) var count = 0
  private var head: [UInt8] = []
  /// The last bytes after the head; a ring once it has `limit` of them.
  private var ring: [UInt8] = []
  /// Where the oldest byte of a full ring is.
  private var oldest = 0

  init(limit: Int = OutputTail.standardLimit) {
    precondition(limit > 0, "an OutputTail keeps at least one byte of either end")
    self.limit = limit
  }

  /// How many bytes are lost between the ends.
  var omitted: Int { max(0, count - 2 * limit) }

  /// Appends bytes at the end of the stream.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    count += bytes.count
    var rest = bytes[...]
    if head.count < limit {
      let taken = rest.prefix(limit - head.count)
      head.append(contentsOf: taken)
      rest = rest.dropFirst(taken.count)
    }
    // Of what is longer than the ring only the end can survive.
    rest = rest.suffix(limit)
    if ring.count < limit {
      let taken = rest.prefix(limit - ring.count)
      ring.append(contentsOf: taken)
      rest = rest.dropFirst(taken.count)
    }
    for byte in rest {
      ring[oldest] = byte
      oldest = oldest + 1 == limit ? 0 : oldest + 1
    }
  }

  mutating func append(_ byte: UInt8) {
    withUnsafeBytes(of: byte) { append($0) }
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a stream of which the middle may be gone; that middle counts as omitted here too.
  ///
  /// - Precondition: `other` keeps at least as much of its ends as this one, so that what it has
  ///   dropped could not have been kept here.
  mutating func append(_ other: OutputTail) {
    precondition(other.limit >= limit, "the ends of the appended stream are too short")
    other.head.withUnsafeBytes { append($0) }
    count += other.omitted
    other.lastBytes.withUnsafeBytes { append($0) }
  }

  /// Forgets everything.
  mutating func removeAll() {
    head.removeAll(keepingCapacity: true)
    ring.removeAll(keepingCapacity: true)
    oldest = 0
    count = 0
  }

  /// The ring's bytes in their order.
  private var lastBytes: [UInt8] { Array(ring[oldest...] + ring[..<oldest]) }

  /// What is kept of the stream, with a note of what is not.
  var bytes: [UInt8] {
    omitted > 0
      ? head + Array("\n... omitting \(omitted) bytes ...\n".utf8) + lastBytes : head + lastBytes
  }

  /// What is shown of the stream: whitespace trimmed from both ends, invalid UTF-8 repaired.
  var text: String {
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
