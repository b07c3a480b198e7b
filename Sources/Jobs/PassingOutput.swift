/// Output on its way to somebody who may be slower than whoever writes it: at most so many bytes,
/// of which the oldest give way, with a note in their place.
public struct PassingOutput: Sendable {
  /// How many bytes may wait.
  public let limit: Int
  private var bytes: [UInt8] = []
  /// How many bytes in front of those that wait are lost.
  private var dropped = 0

  public init(limit: Int = 64 << 10) {
    precondition(limit > 0, "no output could pass")
    self.limit = limit
  }

  public mutating func append(_ new: some Collection<UInt8>) {
    let excess = bytes.count + new.count - limit
    if excess > 0 { dropped += excess }
    if excess >= bytes.count {
      bytes.removeAll(keepingCapacity: true)
    } else if excess > 0 {
      bytes.removeFirst(excess)
    }
    bytes.append(contentsOf: new.suffix(limit))
  }

  /// All that waits, with a note of what is lost before it; empty if nothing does.
  public mutating func take() -> [UInt8] {
    defer { (bytes, dropped) = ([], 0) }
    return Array(note.utf8) + bytes
  }

  /// The same as text, in which bytes that are no UTF-8 are repaired.
  ///
  /// - Parameter isLast: nothing follows. Else bytes at the end that may begin a character wait for
  ///   the rest of it.
  public mutating func takeText(isLast: Bool) -> String {
    let kept = isLast ? 0 : Self.openBytes(bytes)
    let rest = bytes.suffix(kept)
    let text = note + String(decoding: bytes.dropLast(kept), as: UTF8.self)
    (bytes, dropped) = (Array(rest), 0)
    return text
  }

  private var note: String {
    dropped > 0 ? "\n... \(dropped) bytes came too fast and are left out ...\n" : ""
  }

  /// How many bytes at the end begin a character of UTF-8 without ending it (RFC 3629 §3).
  private static func openBytes(_ bytes: [UInt8]) -> Int {
    for (index, byte) in bytes.suffix(3).reversed().enumerated() {
      let length = byte < 0x80 ? 1 : byte < 0xC0 ? 0 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      if length > 0 { return length > index + 1 ? index + 1 : 0 }
    }
    return 0
  }
}
