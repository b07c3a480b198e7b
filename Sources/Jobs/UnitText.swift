/// Amounts as people write them: `500M`, `1.5G`, `1h30m` (behaviour.md §4.3).
public enum UnitText {
  /// Why a text is no amount, in words that clients know.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
  }

  // MARK: Memory

  /// Reads a number and a unit, of whatever case, with nothing between them; all units are powers
  /// of 1024.
  /// - Returns: whole megabytes, rounded down.
  public static func memory(_ text: String) throws(Fault) -> Megabytes {
    let trimmed = text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    let bytes = trimmed.map { isLowercase($0) ? $0 & ~0x20 : $0 }
    let start = bytes.firstIndex { isUppercase($0) } ?? bytes.endIndex
    guard let unit = byteUnits[String(decoding: bytes[start...], as: UTF8.self)],
      let number = decimal(bytes[..<start]), number >= 0
    else {
      throw Fault(
        "byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, G, "
          + "GiB, or GB")
    }
    let total = number * unit
    guard total < 0x1p63 else { throw Fault("byte quantity must be less than 8E") }
    return Megabytes(Int(total / 0x1p20))
  }

  private static let byteUnits: [String: Double] = {
    var units = ["B": 1.0]
    for (index, letter) in ["K", "M", "G", "T", "P", "E"].enumerated() {
      let factor = Double(sign: .plus, exponent: 10 * (index + 1), significand: 1)
      for unit in [letter, letter + "B", letter + "IB"] { units[unit] = factor }
    }
    return units
  }()

  /// A number with a sign and a fraction but without an exponent; nil for anything else.
  private static func decimal(_ text: ArraySlice<UInt8>) -> Double? {
    let allowed = text.allSatisfy { isDigit($0) || "+-.".utf8.contains($0) }
    return allowed ? Double(String(decoding: text, as: UTF8.self)) : nil
  }

  // MARK: Durations

  /// Reads a duration as Go writes it: one or more decimal numbers, each with a unit of ns, us,
  /// µs, ms, s, m or h; or just `0`.
  /// - Throws: also for a negative one: nothing of ours takes less than no time.
  public static func duration(_ text: String) throws(Fault) -> Duration {
    let invalid = Fault("time: invalid duration \(quoted(text))")
    var rest = Array(text.utf8)[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard !rest.isEmpty else { throw invalid }
    if rest.elementsEqual("0".utf8) { return .zero }

    var total: Int64 = 0
    while !rest.isEmpty {
      let number = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
      let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard parts.count <= 2, number.contains(where: isDigit) else { throw invalid }
      rest = rest[number.endIndex...]
      let unit = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
      guard !unit.isEmpty else {
        throw Fault("time: missing unit in duration \(quoted(text))")
      }
      let name = String(decoding: unit, as: UTF8.self)
      guard let nanoseconds = timeUnits[name] else {
        throw Fault("time: unknown unit \(quoted(name)) in duration \(quoted(text))")
      }
      rest = rest[unit.endIndex...]
      guard let part = scaled(parts[0], fraction: parts.count == 2 ? parts[1] : [], nanoseconds),
        case (let sum, let overflow) = total.addingReportingOverflow(part), !overflow
      else { throw invalid }
      total = sum
    }
    guard !isNegative || total == 0 else {
      throw Fault("time: negative duration \(quoted(text))")
    }
    return .nanoseconds(total)
  }

  /// Writes a duration as Go does: `1h0m0s`, `1m30.5s`, `1.5ms`, `0s`.
  public static func text(of duration: Duration) -> String {
    let total = duration.nanoseconds
    if total == 0 { return "0s" }
    let sign = total < 0 ? "-" : ""
    let magnitude = total.magnitude
    if magnitude < 1_000 { return "\(sign)\(magnitude)ns" }
    if magnitude < 1_000_000 { return sign + fraction(magnitude, of: 1_000) + "µs" }
    if magnitude < 1_000_000_000 { return sign + fraction(magnitude, of: 1_000_000) + "ms" }
    let minutes = magnitude / 60_000_000_000
    let seconds = fraction(magnitude % 60_000_000_000, of: 1_000_000_000) + "s"
    if minutes == 0 { return sign + seconds }
    return sign + (minutes < 60 ? "\(minutes)m" : "\(minutes / 60)h\(minutes % 60)m") + seconds
  }

  private static let timeUnits: [String: Int64] = [
    "ns": 1, "us": 1_000, "\u{b5}s": 1_000, "\u{3bc}s": 1_000, "ms": 1_000_000,
    "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000,
  ]

  /// Whole and fractional digits of a unit, in nanoseconds; nil if they are too many.
  private static func scaled(
    _ whole: ArraySlice<UInt8>, fraction: ArraySlice<UInt8>, _ unit: Int64
  ) -> Int64? {
    var count: Int64 = 0
    for digit in whole {
      let (product, tooLarge) = count.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
      if tooLarge || overflow { return nil }
      count = sum
    }
    let (nanoseconds, tooLarge) = count.multipliedReportingOverflow(by: unit)
    if tooLarge { return nil }
    // As Go reckons; 18 digits are more than any unit has nanoseconds.
    var (digits, scale): (UInt64, Double) = (0, 1)
    for digit in fraction.prefix(18) {
      digits = digits * 10 + UInt64(digit - UInt8(ascii: "0"))
      scale *= 10
    }
    let part = Int64(Double(digits) * (Double(unit) / scale))
    let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
    return overflow ? nil : sum
  }

  /// `value / unit` with as many decimals as it has.
  private static func fraction(_ value: UInt64, of unit: UInt64) -> String {
    var (decimals, length) = (value % unit, String(unit).utf8.count - 1)
    if decimals == 0 { return String(value / unit) }
    while decimals % 10 == 0 {
      decimals /= 10
      length -= 1
    }
    let digits = String(decimals)
    let zeros = String(repeating: "0", count: length - digits.utf8.count)
    return "\(value / unit).\(zeros)\(digits)"
  }

  /// A text in quotes, as Go's messages about durations have it.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        result += "\\"
        result.unicodeScalars.append(UnicodeScalar(byte))
      case 0x20..<0x80: result.unicodeScalars.append(UnicodeScalar(byte))
      default: result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return result + "\""
  }

  // MARK: Characters

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
  private static func isUppercase(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }
  private static func isLowercase(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 9...13 ~= byte }
}
