extension JSONReader {
  /// A string as it stands in the text: what is between its quotes.
  struct RawString {
    var range: Range<Int>
    var hasEscapes: Bool
    /// Whether it is known to be UTF-8, as all its bytes are ASCII.
    var isASCII: Bool
  }

  public mutating func string() throws(JSONError) -> String {
    try expect(.string)
    return try text(of: scanString())
  }

  /// Reads on to behind the closing quote, from the opening one; checks escapes, not UTF-8.
  mutating func scanString() throws(JSONError) -> RawString {
    let start = offset + 1
    var end = start
    var hasEscapes = false
    var highBits: UInt64 = 0
    while true {
      end = bytes.withUnsafeBufferPointer {
        JSONText.endOfPlain($0, from: end, highBits: &highBits)
      }
      guard end < bytes.count else { throw unexpectedEnd() }
      if bytes[end] == UInt8(ascii: "\"") { break }
      guard bytes[end] == UInt8(ascii: "\\") else {
        throw JSONError(message: "a control character in a string", offset: end)
      }
      hasEscapes = true
      end = try endOfEscape(at: end)
    }
    offset = end + 1
    return RawString(range: start..<end, hasEscapes: hasEscapes, isASCII: highBits == 0)
  }

  /// Checks that a string nobody wants to have is UTF-8.
  func validate(_ raw: RawString) throws(JSONError) {
    if !raw.isASCII { _ = try text(of: raw) }
  }

  /// The text that a raw string stands for.
  func text(of raw: RawString) throws(JSONError) -> String {
    if raw.isASCII, !raw.hasEscapes {
      return bytes.withUnsafeBufferPointer {
        String(decoding: UnsafeBufferPointer(rebasing: $0[raw.range]), as: UTF8.self)
      }
    }
    let text =
      raw.hasEscapes
      ? String(validating: unescaped(raw.range), as: UTF8.self)
      : bytes.withUnsafeBufferPointer {
        String(validating: UnsafeBufferPointer(rebasing: $0[raw.range]), as: UTF8.self)
      }
    guard let text else {
      throw JSONError(message: "a string that is not UTF-8", offset: raw.range.lowerBound)
    }
    return text
  }

  private func endOfEscape(at backslash: Int) throws(JSONError) -> Int {
    guard backslash + 1 < bytes.count else { throw unexpectedEnd() }
    switch bytes[backslash + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return backslash + 2
    case UInt8(ascii: "u"):
      for index in backslash + 2..<backslash + 6 {
        guard index < bytes.count else { throw unexpectedEnd() }
        guard Self.hexValue(bytes[index]) != nil else {
          throw JSONError(message: "an escape without four hexadecimal digits", offset: backslash)
        }
      }
      return backslash + 6
    default:
      throw JSONError(message: "an unknown escape", offset: backslash)
    }
  }

  /// The bytes of a string whose escapes have been checked.
  private func unescaped(_ range: Range<Int>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      guard bytes[index] == UInt8(ascii: "\\") else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let letter = bytes[index + 1]
      if letter == UInt8(ascii: "u") {
        let (scalar, length) = unicodeEscape(at: index, before: range.upperBound)
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        index += length
        continue
      }
      switch letter {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "t"): result.append(0x09)
      default: result.append(letter)
      }
      index += 2
    }
    return result
  }

  /// The scalar of the escape at `index`, or of the pair of surrogates there, and how many bytes
  /// spell it.
  private func unicodeEscape(at index: Int, before end: Int) -> (UnicodeScalar, length: Int) {
    let unit = codeUnit(at: index + 2)
    if let scalar = UnicodeScalar(unit) { return (scalar, 6) }
    if unit < 0xdc00, index + 12 <= end, bytes[index + 6] == UInt8(ascii: "\\"),
      bytes[index + 7] == UInt8(ascii: "u")
    {
      let low = codeUnit(at: index + 8)
      if (0xdc00...0xdfff).contains(low),
        let scalar = UnicodeScalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
      {
        return (scalar, 12)
      }
    }
    return ("\u{fffd}", 6)
  }

  private func codeUnit(at index: Int) -> UInt32 {
    bytes[index..<index + 4].reduce(0) { $0 << 4 | UInt32(Self.hexValue($1) ?? 0) }
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
