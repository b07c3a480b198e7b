/// What the JSON writer and reader both know of the bytes inside a string.
enum JSONText {
  /// The first byte from `start` on that cannot stand in a string as it is: a quote, a backslash
  /// or a control character. Looks at eight bytes at a time.
  ///
  /// - Parameter highBits: gets the top bit of some byte set if any passed was not ASCII.
  @inline(__always)
  static func endOfPlain(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, highBits: inout UInt64
  ) -> Int {
    var index = start
    var seen: UInt64 = 0
    while index + 8 <= text.count {
      let word = UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if holdsSpecial(word) { break }
      seen |= word
      index += 8
    }
    while index < text.count, !isSpecial(text[index]) {
      seen |= UInt64(text[index])
      index += 1
    }
    highBits |= seen & 0x8080_8080_8080_8080
    return index
  }

  /// The same, but for strings that may end up in HTML: stops at `&`, `<` and `>` too.
  static func endOfHTMLSafe(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"): return index
      case let byte where isSpecial(byte): return index
      default: index += 1
      }
    }
    return index
  }

  @inline(__always)
  static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// Whether one of the eight bytes is special: the usual test for a byte below n in a word,
  /// `(w - n·0x01…) & ~w & 0x80…`, with n = 1 after an exclusive or for "equal to".
  @inline(__always)
  private static func holdsSpecial(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let control = word &- ones &* 0x20
    let quote = (word ^ ones &* 0x22) &- ones
    let backslash = (word ^ ones &* 0x5c) &- ones
    return (control | quote | backslash) & ~word & (ones &* 0x80) != 0
  }

  static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }
}
