/// Amounts as people write them: "1G", "1h30m".
public enum UnitText {
  /// Why a text is no amount; the words that clients of the original know.
  public struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
  }

  private static let memoryUnits: [String: Double] = [
    "B": 1, "K": 0x1p10, "KB": 0x1p10, "KIB": 0x1p10, "M": 0x1p20, "MB": 0x1p20, "MIB": 0x1p20,
    "G": 0x1p30, "GB": 0x1p30, "GIB": 0x1p30, "T": 0x1p40, "TB": 0x1p40, "TIB": 0x1p40,
    "P": 0x1p50, "PB": 0x1p50, "PIB": 0x1p50, "E": 0x1p60, "EB": 0x1p60, "EIB": 0x1p60,
  ]

  /// Reads a number immediately followed by a unit of bytes, whatever the case, all units powers
  /// of 1024; rounded down to whole megabytes (behaviour.md §4.3).
  public static func memory(_ text: String) throws(Invalid) -> Megabytes {
    let invalid = Invalid(
      description: "byte quantity must be a positive integer with a unit of measurement like M, "
        + "MB, MiB, G, GiB, or GB")
    let trimmed = trim(text).uppercased()
    let unit = trimmed.drop { !$0.isLetter }
    let number = trimmed[..<unit.startIndex]
    guard let factor = memoryUnits[String(unit)], isDecimal(number), let value = Double(number)
    else { throw invalid }
    let megabytes = (value * factor / 0x1p20).rounded(.down)
    guard megabytes < 0x1p43 else { throw invalid }
    return Megabytes(Int(megabytes))
  }

  private static let timeUnits: [String: Double] = [
    "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
  ]

  /// Reads one or more pairs of a decimal number and a unit, in the syntax of Go's durations
  /// (behaviour.md §4.3): "1h30m", "1.5h", "300ms"; "0" alone needs no unit. Not below zero.
  public static func time(_ text: String) throws(Invalid) -> Duration {
    let quoted = "\"\(text)\""
    let invalid = Invalid(description: "time: invalid duration \(quoted)")
    if text == "0" || text == "+0" || text == "-0" { return .zero }
    if text.hasPrefix("-") { throw Invalid(description: "time: negative duration \(quoted)") }
    var rest = text.hasPrefix("+") ? text.dropFirst() : text[...]
    guard !rest.isEmpty else { throw invalid }
    var total = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard isDecimal(number), let value = Double(number) else { throw invalid }
      rest = rest[number.endIndex...]
      let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
      guard !unit.isEmpty else {
        throw Invalid(description: "time: missing unit in duration \(quoted)")
      }
      guard let factor = timeUnits[String(unit)] else {
        throw Invalid(description: "time: unknown unit \"\(unit)\" in duration \(quoted)")
      }
      rest = rest[unit.endIndex...]
      total += value * factor
    }
    guard total < 0x1p63 else { throw invalid }
    return .nanoseconds(Int64(total.rounded()))
  }

  /// Digits with at most one point among, before or after them.
  private static func isDecimal(_ text: Substring) -> Bool {
    let digits = text.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let points = text.utf8.count { $0 == UInt8(ascii: ".") }
    return digits > 0 && points <= 1 && digits + points == text.utf8.count
  }

  private static func trim(_ text: String) -> Substring {
    var trimmed = text[...]
    while trimmed.first?.isWhitespace == true { trimmed.removeFirst() }
    while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
    return trimmed
  }
}
