/// How an object is spelled but for one string in it. Of many objects by one program most are
/// spelled alike, and are then read by comparing bytes.
public struct JSONSpelling: Sendable {
  fileprivate let prefix: [UInt8]
  fileprivate let suffix: [UInt8]
}

extension JSONReader {
  /// How the object that was just read is spelled.
  ///
  /// - Parameters:
  ///   - start: the byte at which it begins.
  ///   - string: where the one string stands that others have another one for, with its quotes.
  public func spelling(from start: Int, but string: Range<Int>) -> JSONSpelling {
    JSONSpelling(
      prefix: Array(bytes[start..<string.lowerBound]),
      suffix: Array(bytes[string.upperBound..<offset]))
  }

  /// Reads an object if it is spelled so, and the one string has text of ASCII without escapes.
  ///
  /// - Returns: that text; nil, and nothing is read but white space, if it is not so.
  public mutating func string(inObjectSpelled spelling: JSONSpelling) -> String? {
    skipSpace()
    let start = offset + spelling.prefix.count + 1
    let end = bytes.withUnsafeBufferPointer { bytes -> Int? in
      guard JSONText.stands(spelling.prefix, in: bytes, at: offset), start < bytes.count,
        bytes[start - 1] == UInt8(ascii: "\"")
      else { return nil }
      var highBits: UInt64 = 0
      let end = JSONText.endOfPlain(bytes, from: start, highBits: &highBits)
      guard end < bytes.count, bytes[end] == UInt8(ascii: "\""), end > start, highBits == 0,
        JSONText.stands(spelling.suffix, in: bytes, at: end + 1)
      else { return nil }
      return end
    }
    guard let end else { return nil }
    offset = end + 1 + spelling.suffix.count
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}

extension JSONText {
  /// Whether `text` stands at a place.
  fileprivate static func stands(
    _ text: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, at start: Int
  ) -> Bool {
    guard text.count <= bytes.count - start else { return false }
    let whole = UnsafeRawBufferPointer(bytes)
    return text.withUnsafeBytes { text in
      var index = 0
      while index + 8 <= text.count {
        guard
          text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            == whole.loadUnaligned(fromByteOffset: start + index, as: UInt64.self)
        else { return false }
        index += 8
      }
      while index < text.count {
        guard text[index] == whole[start + index] else { return false }
        index += 1
      }
      return true
    }
  }
}
