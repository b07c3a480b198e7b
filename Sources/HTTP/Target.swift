/// The target of a request in origin or absolute form, taken apart (RFC 9112 §3.2).
public struct Target: Sendable, Hashable {
  /// The path's segments, percent-decoded once; empty segments (doubled slashes) are dropped. An
  /// encoded slash stays within its segment, and `.` and `..` are names like all others: resolving
  /// them is up to clients (RFC 3986 §5.2.4), and would make a list of all jobs of one job's name.
  public var path: [String]
  /// The query's parameters in order, percent-decoded once, `+` as a space.
  public var query: [(name: String, value: String)]

  public init(path: [String] = [], query: [(name: String, value: String)] = []) {
    self.path = path
    self.query = query
  }

  /// The first value of the parameter.
  public subscript(name: String) -> String? { query.first { $0.name == name }?.value }

  public static func == (a: Self, b: Self) -> Bool {
    a.path == b.path && a.query.elementsEqual(b.query, by: ==)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    for parameter in query {
      hasher.combine(parameter.name)
      hasher.combine(parameter.value)
    }
  }

  /// - Parameter raw: a target that `RequestParser` let through.
  init(parsing raw: String) throws(HTTPError) {
    self.init()
    if raw == "*" { return }
    let bytes = raw.utf8Span.span
    let start = Self.endOfAuthority(bytes)
    let mark = Self.firstIndex(of: "?", in: bytes, from: start) ?? bytes.count
    try Self.forEachPart(of: bytes, start..<mark, separator: "/") { (segment) throws(HTTPError) in
      if path.isEmpty { path.reserveCapacity(4) }
      path.append(try Self.decode(bytes, segment, plusIsSpace: false))
    }
    guard mark < bytes.count else { return }
    try Self.forEachPart(of: bytes, mark + 1..<bytes.count, separator: "&") {
      (pair) throws(HTTPError) in
      query.append(try Self.parameter(bytes, pair))
    }
  }

  /// Where the path of the absolute form begins; 0 in the origin form. The authority itself does
  /// not matter to us: we serve one site.
  private static func endOfAuthority(_ bytes: Span<UInt8>) -> Int {
    // The first slash of any other form is that of `http://`.
    guard let slash = firstIndex(of: "/", in: bytes, from: 0), slash > 0 else { return 0 }
    let path = firstIndex(of: "/", in: bytes, from: slash + 2) ?? bytes.count
    return min(path, firstIndex(of: "?", in: bytes, from: slash + 2) ?? bytes.count)
  }

  private static func firstIndex(
    of character: Unicode.Scalar, in bytes: Span<UInt8>, from start: Int
  ) -> Int? {
    let byte = UInt8(ascii: character)
    var index = start
    while index < bytes.count, bytes[index] != byte { index += 1 }
    return index < bytes.count ? index : nil
  }

  /// Hands out what stands between separators; nothing for an empty part.
  private static func forEachPart(
    of bytes: Span<UInt8>, _ range: Range<Int>, separator: Unicode.Scalar,
    _ body: (Range<Int>) throws(HTTPError) -> Void
  ) throws(HTTPError) {
    let separator = UInt8(ascii: separator)
    var start = range.lowerBound
    for index in range.lowerBound...range.upperBound
    where index == range.upperBound || bytes[index] == separator {
      if index > start { try body(start..<index) }
      start = index + 1
    }
  }

  private static func parameter(
    _ bytes: Span<UInt8>, _ pair: Range<Int>
  ) throws(HTTPError) -> (name: String, value: String) {
    var equals = pair.upperBound
    for index in pair.reversed() {
      if bytes[index] == UInt8(ascii: ";") {
        throw .badTarget("invalid semicolon separator in query")
      }
      if bytes[index] == UInt8(ascii: "=") { equals = index }
    }
    return (
      try decode(bytes, pair.lowerBound..<equals, plusIsSpace: true),
      try decode(bytes, min(equals + 1, pair.upperBound)..<pair.upperBound, plusIsSpace: true)
    )
  }

  private static func decode(
    _ bytes: Span<UInt8>, _ range: Range<Int>, plusIsSpace: Bool
  ) throws(HTTPError) -> String {
    var isPlain = true
    for index in range where bytes[index] == UInt8(ascii: "%") || bytes[index] == UInt8(ascii: "+")
    { isPlain = false }
    let raw = bytes.extracting(range)
    if isPlain { return raw.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
      let byte = raw[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard index + 1 < raw.count, let high = raw[index].hexadecimalValue,
          let low = raw[index + 1].hexadecimalValue
        else {
          let escape = raw.extracting(index - 1..<min(index + 2, raw.count))
          throw .badTarget("invalid URL escape \(quoted(escape))")
        }
        decoded.append(high << 4 | low)
        index += 2
      } else {
        decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    guard let text = String(validating: decoded, as: UTF8.self) else {
      throw .badTarget("what a percent-escape stands for is not UTF-8")
    }
    return text
  }

  /// The bytes in double quotes, with what is not plain ASCII written as escapes.
  private static func quoted(_ bytes: Span<UInt8>) -> String {
    var text: [UInt8] = [UInt8(ascii: "\"")]
    for index in bytes.indices {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case 0x20..<0x7F: text.append(byte)
      default:
        text += [
          UInt8(ascii: "\\"), UInt8(ascii: "x"), .hexadecimalDigit(byte >> 4),
          .hexadecimalDigit(byte & 15),
        ]
      }
    }
    return String(decoding: text, as: UTF8.self) + "\""
  }
}
