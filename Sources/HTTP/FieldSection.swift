/// The fields of a head while they are read, with what they say of the message itself.
///
/// Strict where leniency lets two readers of one stream disagree (request smuggling, RFC 9112
/// §11.2): no folding, no space before the colon, one length only.
struct FieldSection: Sendable {
  static let fieldLimit = 32 * 1024
  static let totalLimit = 128 * 1024
  static let countLimit = 100

  /// Where the fields stand.
  private(set) var index: [Headers.Field] = []
  private var size = 0
  private var count = 0

  private(set) var contentLength: Int?
  private(set) var hostCount = 0
  private(set) var saysClose = false
  private(set) var saysKeepAlive = false
  private(set) var expectsContinue = false
  /// Whether Transfer-Encoding is exactly `chunked`; nil if it does not occur.
  private(set) var transferEncoding: TransferEncoding?

  enum TransferEncoding: Sendable { case chunked, other }

  /// How long the next line may be.
  var lineLimit: Int { max(0, min(Self.fieldLimit, Self.totalLimit - size - 2)) }

  /// What to say of a line beyond `lineLimit`.
  var lineTooLong: HTTPError {
    lineLimit == Self.fieldLimit
      ? HTTPError(status: 431, message: "a header field is longer than \(Self.fieldLimit) bytes")
      : HTTPError(
        status: 431, message: "the header fields are longer than \(Self.totalLimit) bytes together")
  }

  /// Reads one field line of a head (RFC 9112 §5).
  mutating func read(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    let (name, value) = try take(line, in: bytes)
    if index.isEmpty { index.reserveCapacity(16) }
    index.append(
      Headers.Field(
        nameStart: UInt32(name.lowerBound), nameEnd: UInt32(name.upperBound),
        valueStart: UInt32(value.lowerBound), valueEnd: UInt32(value.upperBound)))
    try note(name, value, in: bytes)
  }

  /// Checks a field line after a chunked body (RFC 9112 §7.1.2). It is not kept, and whatever its
  /// name, it says nothing of the message's form.
  mutating func checkTrailer(
    _ line: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) {
    _ = try take(line, in: bytes)
  }

  /// Checks a field line and counts it against the limits.
  /// - Returns: where its name and its value, without blanks around it, stand.
  @inline(__always)
  private mutating func take(
    _ line: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) -> (name: Range<Int>, value: Range<Int>) {
    size += line.count + 2
    count += 1
    guard count <= Self.countLimit else {
      throw HTTPError(status: 431, message: "more than \(Self.countLimit) header fields")
    }
    guard !bytes[line.lowerBound].isBlank else {
      throw .badRequest("a header line begins with white space")
    }
    var colon = line.lowerBound
    while colon < line.upperBound && bytes[colon].isToken { colon += 1 }
    guard colon < line.upperBound, bytes[colon] == UInt8(ascii: ":"), colon > line.lowerBound else {
      throw .badRequest(Self.nameFault(at: colon, of: line, in: bytes))
    }
    let value = bytes.trimmed(colon + 1..<line.upperBound)
    guard !bytes.hasForbiddenControl(value) else {
      throw .badRequest("a control character in a header field's value")
    }
    return (line.lowerBound..<colon, value)
  }

  private static func nameFault(
    at stop: Int, of line: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) -> String {
    if stop == line.upperBound { return "a header line without a colon" }
    if bytes[stop] == UInt8(ascii: ":") { return "a header field without a name" }
    if bytes[stop].isBlank { return "white space in a header field's name or before its colon" }
    return "an invalid character in a header field's name"
  }

  /// Takes note of the fields that matter for the message's form.
  @inline(__always)
  private mutating func note(
    _ name: Range<Int>, _ value: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) {
    switch name.count {
    case 4 where bytes.equals(name, lowercase: "host"): try noteHost(value, in: bytes)
    case 6 where bytes.equals(name, lowercase: "expect"):
      guard bytes.equals(value, lowercase: "100-continue") else {
        throw HTTPError(status: 417, message: "only the expectation 100-continue can be met")
      }
      expectsContinue = true
    case 10 where bytes.equals(name, lowercase: "connection"):
      for option in bytes.listElements(value) {
        if bytes.equals(option, lowercase: "close") { saysClose = true }
        if bytes.equals(option, lowercase: "keep-alive") { saysKeepAlive = true }
      }
    case 14 where bytes.equals(name, lowercase: "content-length"):
      try noteLength(value, in: bytes)
    case 17 where bytes.equals(name, lowercase: "transfer-encoding"):
      let isChunked = transferEncoding == nil && bytes.equals(value, lowercase: "chunked")
      transferEncoding = isChunked ? .chunked : .other
    default: break
    }
  }

  private mutating func noteLength(
    _ value: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) {
    guard contentLength == nil else { throw .badRequest("more than one Content-Length") }
    var length = 0
    for position in value {
      let digit = Int(bytes[position]) - 0x30
      guard 0...9 ~= digit else { throw .badRequest("Content-Length is not a decimal number") }
      let (tens, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow && !carry else { throw .badRequest("Content-Length is too large") }
      length = sum
    }
    guard !value.isEmpty else { throw .badRequest("Content-Length is not a decimal number") }
    contentLength = length
  }

  /// Checks that the value is `[host[:port]]` (RFC 9110 §7.2); nothing more depends on it.
  private mutating func noteHost(
    _ value: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) {
    hostCount += 1
    guard hostCount == 1 else { throw .badRequest("more than one Host") }
    for position in value where !bytes[position].isHostCharacter {
      throw .badRequest("Host is not a host name with an optional port")
    }
  }
}
