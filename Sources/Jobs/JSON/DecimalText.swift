/// Numbers as decimal text.
public enum DecimalText {
  /// The shortest text that reads back as `value`, which must be finite: no fraction if there is
  /// none, and no exponent from 1e-6 to 1e21.
  public static func shortest(_ value: Double) -> String {
    // The standard library finds the shortest digits, but turns to exponents sooner.
    let text = value.description
    guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "e")) else {
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    let exponent = Int(text[text.utf8.index(after: mark)...]) ?? 0
    let isNegative = value < 0
    let mantissa = text[..<mark].utf8.drop { $0 == UInt8(ascii: "-") }
    guard (-6..<21).contains(exponent) else {
      // 1.0e+30 loses its empty fraction.
      let short = text[..<mark].hasSuffix(".0") ? text[..<mark].dropLast(2) : text[..<mark]
      return String(short) + text[mark...]
    }
    var digits = mantissa.filter { $0 != UInt8(ascii: ".") }
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    let zero = UInt8(ascii: "0")
    let plain: [UInt8]
    if exponent < 0 {
      plain = [zero, UInt8(ascii: ".")] + Array(repeating: zero, count: -exponent - 1) + digits
    } else if digits.count <= exponent + 1 {
      plain = digits + Array(repeating: zero, count: exponent + 1 - digits.count)
    } else {
      plain = digits[...exponent] + [UInt8(ascii: ".")] + digits[(exponent + 1)...]
    }
    return (isNegative ? "-" : "") + String(decoding: plain, as: UTF8.self)
  }
}
