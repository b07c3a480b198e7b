import Glibc

/// Shortens the lines that progress bars rewrite with carriage returns (behaviour.md §6.4).
///
/// Of a line whose pieces are separated by carriage returns stay the first piece and the last,
/// each on a line of its own, with `[...]` between them if there were others. Unlike in the
/// original, a line of two pieces keeps the second, and one ending in CRLF keeps its end.
struct LineFilter {
  /// What has passed the filter.
  private(set) var output: OutputTail
  /// Carriage returns were met in the current line: `current` takes its bytes.
  private var isRewritten = false
  /// The piece being received, after the first of its line.
  private var current: OutputTail
  /// The last complete piece after the first of its line.
  private var last: OutputTail
  /// Non-empty pieces completed after the first of the line.
  private var pieces = 0

  init(limit: Int = OutputTail.standardLimit) {
    output = OutputTail(limit: limit)
    current = OutputTail(limit: limit)
    last = OutputTail(limit: limit)
  }

  /// Takes the next bytes of the stream; its cost grows with their number only.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    // Remembered over pieces: a search of its own for each would make many short pieces
    // before a far newline cost the square of their number.
    var newline = 0
    while position < bytes.count {
      guard isRewritten else {
        // Whole lines without a carriage return pass as they are.
        let end = Self.index(of: Self.carriageReturn, in: bytes, from: position)
        output.append(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
        if end < bytes.count { endPiece() }
        position = end + 1
        continue
      }
      if newline <= position {
        newline = Self.index(of: Self.newline, in: bytes, from: position)
      }
      let part = UnsafeRawBufferPointer(rebasing: bytes[..<newline])
      let end = Self.index(of: Self.carriageReturn, in: part, from: position)
      current.append(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
      if end < newline { endPiece() } else if end < bytes.count { endLine() }
      position = end + 1
    }
  }

  /// Ends the stream, of which the last line may lack its newline.
  /// - Returns: what is to be shown of it.
  mutating func finish() -> String {
    if isRewritten { endLine() }
    return output.text
  }

  /// What there is of the stream so far: what follows it may be shown right after.
  var soFar: [UInt8] {
    isRewritten ? output.bytes + [Self.carriageReturn] + current.bytes : output.bytes
  }

  private mutating func endPiece() {
    if isRewritten, current.count > 0 {
      swap(&last, &current)
      pieces += 1
    }
    current.removeAll()
    isRewritten = true
  }

  private mutating func endLine() {
    if isRewritten { endPiece() }
    output.append(Self.newline)
    if pieces > 1 { output.append("[...]\n") }
    if pieces > 0 {
      output.append(last)
      output.append(Self.newline)
    }
    isRewritten = false
    pieces = 0
  }

  /// The index of the first `byte` at or after `start`; the count if there is none.
  private static func index(
    of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int
  ) -> Int {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return bytes.count }
    return UnsafeRawPointer(found) - base
  }

  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
