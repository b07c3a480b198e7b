/// The identity of a job: the documented 128-bit fingerprint of what it runs (behaviour.md §3.1).
public struct JobKey: Hashable, Sendable, CustomStringConvertible {
  public let low: UInt64
  public let high: UInt64

  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// Reads the 32 lower-case hexadecimal digits of a key; nil if `text` is anything else.
  public init?(_ text: some StringProtocol) {
    let digits = text.utf8
    guard digits.count == 32 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for (index, digit) in digits.enumerated() {
      let value: UInt64
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
      if index < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
    }
    self.init(low: words.0, high: words.1)
  }

  /// 32 lower-case hexadecimal digits: the low word first, each zero-padded to 16.
  public var description: String {
    String(unsafeUninitializedCapacity: 32) { buffer in
      for index in 0..<32 {
        let word = index < 16 ? low : high
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 15
        buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
      }
      return 32
    }
  }
}
