import Glibc

/// Cuts a growing run of bytes into lines that end in CRLF, never looking at a byte twice.
///
/// What it says depends on the bytes only, not on how they came: for each line first the limit is
/// checked, then its ending.
struct LineScanner: Sendable {
  /// Where the next line begins: the end of the last one given out.
  private(set) var start = 0
  private var scanned = 0

  /// Finds the next line.
  /// - Parameters:
  ///   - bytes: the same as at the call before, and what came since.
  ///   - limit: how long the line may be without its CRLF.
  ///   - tooLong: what to throw beyond it, whether or not the line's end has come.
  /// - Returns: where the line stands, without its CRLF; nil if its end has not come.
  /// - Throws: 400 for a line feed without a carriage return (RFC 9112 §2.2).
  @inline(__always)
  mutating func next(
    in bytes: UnsafeRawBufferPointer, limit: Int, tooLong: @autoclosure () -> HTTPError
  ) throws(HTTPError) -> Range<Int>? {
    guard let end = lineFeed(in: bytes) else {
      scanned = bytes.count
      // One more, for a carriage return whose line feed has not come yet.
      if bytes.count - start > limit + 1 { throw tooLong() }
      return nil
    }
    let isWhole = end > start && bytes[end - 1] == .carriageReturn
    let line = start..<(isWhole ? end - 1 : end)
    if line.count > limit { throw tooLong() }
    guard isWhole else { throw .badRequest("a line ends in a bare line feed") }
    start = end + 1
    scanned = start
    return line
  }

  @inline(__always)
  private func lineFeed(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard scanned < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + scanned, Int32(UInt8.lineFeed), bytes.count - scanned)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
