/// The first line of a request (RFC 9112 §3).
struct RequestLine: Sendable {
  static let limit = 64 * 1024

  static let tooLong = HTTPError(
    status: 414, message: "the request line is longer than \(limit) bytes")

  var method: String
  var rawTarget: String
  /// 0 or 1.
  var minorVersion: Int

  /// - Throws: 400, or 505 for a version other than HTTP/1.
  init(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    var methodEnd = line.lowerBound
    while methodEnd < line.upperBound && bytes[methodEnd].isToken { methodEnd += 1 }
    guard methodEnd > line.lowerBound, methodEnd < line.upperBound,
      bytes[methodEnd] == UInt8(ascii: " ")
    else { throw .badRequest("the request line does not begin with a method and a space") }
    let targetStart = methodEnd + 1
    var targetEnd = targetStart
    var isASCII = true
    while targetEnd < line.upperBound && bytes[targetEnd] > 0x20 && bytes[targetEnd] != 0x7F {
      isASCII = isASCII && bytes[targetEnd] < 0x80
      targetEnd += 1
    }
    guard targetEnd > targetStart, targetEnd < line.upperBound,
      bytes[targetEnd] == UInt8(ascii: " ")
    else {
      throw .badRequest("the request line is not a method, a target and a version")
    }
    minorVersion = try Self.minorVersion(targetEnd + 1..<line.upperBound, in: bytes)
    let name = line.lowerBound..<methodEnd
    // Checking what is UTF-8 costs more than knowing the word that is nearly always there.
    method =
      name.count == 3 && bytes.holds("GET", at: name.lowerBound)
      ? "GET" : String(decoding: bytes[name], as: UTF8.self)
    let target = UnsafeRawBufferPointer(rebasing: bytes[targetStart..<targetEnd])
    // Clients like curl send what a user types: bytes above 127 are taken if they are UTF-8.
    guard isASCII || String(validating: target, as: UTF8.self) != nil else {
      throw .badRequest("the request target is not UTF-8")
    }
    rawTarget = String(decoding: target, as: UTF8.self)
    guard Self.hasServedForm(target, method: method) else {
      throw .badRequest("the request target is neither a path nor an http or https address")
    }
  }

  /// Reads `HTTP/1.0` as 0, `HTTP/1.1` and later ones of that kind as 1 (RFC 9110 §2.5).
  static func minorVersion(
    _ version: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) -> Int {
    let digit = version.lowerBound + 5
    guard version.count == 8, bytes.holds("HTTP/", at: version.lowerBound),
      bytes[digit].isDigit, bytes[digit + 1] == UInt8(ascii: "."), bytes[digit + 2].isDigit
    else { throw .badRequest("the first line names no HTTP version") }
    guard bytes[digit] == UInt8(ascii: "1") else {
      throw HTTPError(status: 505, message: "only HTTP/1.1 and HTTP/1.0 are spoken here")
    }
    return bytes[digit + 2] == UInt8(ascii: "0") ? 0 : 1
  }

  /// Origin form, absolute form of our schemes with a host, or `*` for OPTIONS (RFC 9112 §3.2).
  private static func hasServedForm(_ target: UnsafeRawBufferPointer, method: String) -> Bool {
    guard !target.contains(UInt8(ascii: "#")), let first = target.first else { return false }
    if first == UInt8(ascii: "/") { return true }
    if first == UInt8(ascii: "*") { return target.count == 1 && method == "OPTIONS" }
    for scheme in ["http://", "https://"] as [StaticString] {
      let length = scheme.utf8CodeUnitCount
      guard target.count > length, target.equals(0..<length, lowercase: scheme) else { continue }
      let authority = target[length...].prefix {
        $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?")
      }
      return !authority.isEmpty && !authority.contains(UInt8(ascii: "@"))
    }
    return false
  }
}
