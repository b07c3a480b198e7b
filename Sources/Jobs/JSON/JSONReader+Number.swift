extension JSONReader {
  /// A number as it stands in the text: `±digits × 10^exponent`.
  struct RawNumber {
    var range: Range<Int>
    var isNegative = false
    /// All digits, the fraction's too; meaningless if they were too many.
    var digits: UInt64 = 0
    var digitsOverflow = false
    var exponent = 0
    /// Whether it has neither a fraction nor an exponent.
    var isPlain = true
  }

  /// Reads a whole number, which may be spelled with a fraction of zeros or with an exponent.
  /// - Throws: also if it has a fraction or does not fit.
  public mutating func int() throws(JSONError) -> Int {
    let number = try wholeNumber()
    if number.isNegative {
      guard number.magnitude <= Int.min.magnitude else { throw tooLarge(number.start) }
      return number.magnitude == 0 ? 0 : -Int(number.magnitude - 1) - 1
    }
    guard let value = Int(exactly: number.magnitude) else { throw tooLarge(number.start) }
    return value
  }

  /// Reads a whole number of up to 64 bits that is not negative; otherwise as `int()`.
  public mutating func unsigned() throws(JSONError) -> UInt64 {
    let number = try wholeNumber()
    guard !number.isNegative || number.magnitude == 0 else {
      throw JSONError(message: "a number below zero", offset: number.start)
    }
    return number.magnitude
  }

  /// Reads a number.
  /// - Throws: also if it is too large for a `Double`; one too small reads as zero.
  public mutating func double() throws(JSONError) -> Double {
    try expect(.number)
    return try value(of: scanNumber())
  }

  private mutating func wholeNumber() throws(JSONError) -> (
    isNegative: Bool, magnitude: UInt64, start: Int
  ) {
    try expect(.number)
    let start = offset
    let raw = try scanNumber()
    if raw.isPlain {
      guard !raw.digitsOverflow else { throw tooLarge(start) }
      return (raw.isNegative, raw.digits, start)
    }
    let value = try value(of: raw)
    guard value == value.rounded() else {
      throw JSONError(message: "a whole number is wanted, not one with a fraction", offset: start)
    }
    guard value.magnitude <= 0x1p53 else { throw tooLarge(start) }
    return (raw.isNegative, UInt64(value.magnitude), start)
  }

  private func value(of raw: RawNumber) throws(JSONError) -> Double {
    // Both factors are exact here, so that the one rounding gives the nearest number.
    if !raw.digitsOverflow, raw.digits <= 1 << 53, raw.exponent.magnitude <= 22 {
      let digits = raw.isNegative ? -Double(raw.digits) : Double(raw.digits)
      let power = Self.powersOfTen[Int(raw.exponent.magnitude)]
      return raw.exponent < 0 ? digits / power : digits * power
    }
    let value = Double(String(decoding: bytes[raw.range], as: UTF8.self))
    guard let value, value.isFinite else { throw tooLarge(raw.range.lowerBound) }
    return value
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// Reads on to behind the number that begins here.
  mutating func scanNumber() throws(JSONError) -> RawNumber {
    var raw = RawNumber(range: offset..<offset)
    let start = offset
    if bytes[offset] == UInt8(ascii: "-") {
      raw.isNegative = true
      offset += 1
    }
    let first = offset
    try scanDigits(into: &raw)
    if bytes[first] == UInt8(ascii: "0"), offset > first + 1 {
      throw JSONError(message: "a number that begins with 0", offset: start)
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      raw.isPlain = false
      let fraction = offset
      try scanDigits(into: &raw)
      raw.exponent = fraction - offset
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      raw.isPlain = false
      raw.exponent += try scanExponent()
    }
    raw.range = start..<offset
    return raw
  }

  private mutating func scanDigits(into raw: inout RawNumber) throws(JSONError) {
    let start = offset
    while offset < bytes.count {
      let digit = bytes[offset] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (product, isTooLarge) = raw.digits.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.addingReportingOverflow(UInt64(digit))
      raw.digits = sum
      if isTooLarge || carries { raw.digitsOverflow = true }
      offset += 1
    }
    guard offset > start else { throw missingDigit() }
  }

  private mutating func scanExponent() throws(JSONError) -> Int {
    var isNegative = false
    if offset < bytes.count,
      bytes[offset] == UInt8(ascii: "-") || bytes[offset] == UInt8(ascii: "+")
    {
      isNegative = bytes[offset] == UInt8(ascii: "-")
      offset += 1
    }
    let start = offset
    var exponent = 0
    while offset < bytes.count {
      let digit = bytes[offset] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      // What matters is only that it is far beyond any number's range.
      exponent = min(exponent * 10 + Int(digit), 1_000_000_000)
      offset += 1
    }
    guard offset > start else { throw missingDigit() }
    return isNegative ? -exponent : exponent
  }

  private func missingDigit() -> JSONError {
    offset < bytes.count
      ? JSONError(message: "a digit is missing in a number", offset: offset) : unexpectedEnd()
  }

  private func tooLarge(_ offset: Int) -> JSONError {
    JSONError(message: "a number that is too large", offset: offset)
  }
}
