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
    let bytes = Array(raw.utf8)
    let start = Self.endOfAuthority(bytes)
    let mark = bytes[start...].firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
    path = bytes == [UInt8(ascii: "*")] ? [] : try Self.segments(bytes[start..<mark])
    query = try Self.parameters(bytes[mark...].dropFirst())
  }

  /// Where the path of the absolute form begins; 0 in the origin form. The authority itself does
  /// not matter to us: we serve one site.
  private static func endOfAuthority(_ bytes: [UInt8]) -> Int {
    guard bytes.first != UInt8(ascii: "/"),
      let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      bytes[colon...].starts(with: "://".utf8)
    else { return 0 }
    let delimiters: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "?")]
    return bytes[(colon + 3)...].firstIndex { delimiters.contains($0) } ?? bytes.endIndex
  }

  private static func segments(_ path: ArraySlice<UInt8>) throws(HTTPError) -> [String] {
    try path.split(separator: UInt8(ascii: "/")).map { raw throws(HTTPError) in
      try decode(raw, plusIsSpace: false)
    }
  }

  private static func parameters(_ query: ArraySlice<UInt8>) throws(HTTPError)
    -> [(name: String, value: String)]
  {
    var parameters: [(name: String, value: String)] = []
    for pair in query.split(separator: UInt8(ascii: "&")) {
      guard !pair.contains(UInt8(ascii: ";")) else {
        throw .badTarget("invalid semicolon separator in query")
      }
      let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      let name = try decode(pair[..<equals], plusIsSpace: true)
      parameters.append((name, try decode(pair[equals...].dropFirst(), plusIsSpace: true)))
    }
    return parameters
  }

  private static func decode(_ raw: ArraySlice<UInt8>, plusIsSpace: Bool) throws(HTTPError)
    -> String
  {
    let isPlain = !raw.contains {
      $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+")
    }
    if isPlain { return String(decoding: raw, as: UTF8.self) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(raw.count)
    var index = raw.startIndex
    while index < raw.endIndex {
      let byte = raw[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard index + 1 < raw.endIndex, let high = raw[index].hexadecimalValue,
          let low = raw[index + 1].hexadecimalValue
        else { throw .badTarget("invalid URL escape \(quoted(raw[(index - 1)...].prefix(3)))") }
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
  private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = [UInt8(ascii: "\"")]
    for byte in bytes {
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
