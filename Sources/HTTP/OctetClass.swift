/// The classes of octets that the grammar of HTTP tells apart (RFC 9110 §5.6).
extension UInt8 {
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D

  /// One of the 128 bits of two words, by the octet's value; no octet above 127 is in any class.
  @inline(__always)
  private func isIn(_ low: UInt64, _ high: UInt64) -> Bool {
    let word = self < 64 ? low : high
    return self < 128 && (word >> UInt64(self & 63)) & 1 == 1
  }

  /// A letter, a digit or one of ``!#$%&'*+-.^_`|~`` (RFC 9110 §5.6.2).
  @inline(__always)
  var isToken: Bool { isIn(0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE) }

  /// A letter, a digit or one of `!$%&'()*+,-.:;=[]_~` (RFC 3986 §3.2.2).
  @inline(__always)
  var isHostCharacter: Bool { isIn(0x2FFF_7FF2_0000_0000, 0x47FF_FFFE_AFFF_FFFE) }

  /// What may not stand in a field value: controls but the tab (RFC 9110 §5.5).
  @inline(__always)
  var isForbiddenControl: Bool { (self < 0x20 && self != 0x09) || self == 0x7F }

  /// Optional white space: a space or a tab (RFC 9110 §5.6.3).
  @inline(__always)
  var isBlank: Bool { self == 0x20 || self == 0x09 }

  @inline(__always)
  var isDigit: Bool { self &- 0x30 < 10 }

  /// The value of a hexadecimal digit.
  @inline(__always)
  var hexadecimalValue: UInt8? {
    if isDigit { return self &- 0x30 }
    let letter = (self | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : nil
  }

  /// The octet with `A`–`Z` made small.
  @inline(__always)
  var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

  /// The digit, in capitals, of a value below 16.
  static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x41 + value - 10
  }
}

extension UnsafeRawBufferPointer {
  /// The range without white space at its ends.
  @inline(__always)
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end && self[start].isBlank { start += 1 }
    while start < end && self[end - 1].isBlank { end -= 1 }
    return start..<end
  }

  /// Whether the octets of the range are `text` (given in small letters), without regard to case.
  @inline(__always)
  func equals(_ range: Range<Int>, lowercase text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count
    where self[range.lowerBound + offset].lowercased != text.utf8Start[offset] { return false }
    return true
  }

  /// Whether the octets from `start` on, which must be as many, are `text`.
  @inline(__always)
  func holds(_ text: StaticString, at start: Int) -> Bool {
    for offset in 0..<text.utf8CodeUnitCount where self[start + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  @inline(__always)
  func hasForbiddenControl(_ range: Range<Int>) -> Bool {
    // Without an early exit the compiler looks at many octets at once.
    var found = false
    for octet in UnsafeRawBufferPointer(rebasing: self[range]) {
      found = octet.isForbiddenControl || found
    }
    return found
  }

  /// The elements of a comma-separated list (RFC 9110 §5.6.1), trimmed, empty ones left out.
  func listElements(_ range: Range<Int>) -> [Range<Int>] {
    var elements: [Range<Int>] = []
    var start = range.lowerBound
    for index in range.lowerBound...range.upperBound
    where index == range.upperBound || self[index] == UInt8(ascii: ",") {
      let element = trimmed(start..<index)
      if !element.isEmpty { elements.append(element) }
      start = index + 1
    }
    return elements
  }
}
