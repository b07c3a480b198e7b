import Platform

/// Recognises response heads; a client's side of the same (RFC 9112 §4).
public struct ResponseParser: Sendable {
  private var lines = LineScanner()
  private var statusLine: (status: Int, minorVersion: Int)?
  private var section = FieldSection()
  private var failure: HTTPError?

  public init() {}

  /// Takes the next final response head off the front of `input`; interim ones (1xx) are skipped.
  /// - Parameter method: of the request answered: HEAD has no body.
  /// - Returns: nil if it is not complete yet.
  /// - Throws: `HTTPError` 502, and again at every later call, if the stream is not HTTP.
  public mutating func next(from input: inout InputBuffer, answering method: String)
    throws(HTTPError) -> ResponseHead?
  {
    if let failure { throw failure }
    do {
      while true {
        let head = try input.withUnsafeBytes { (bytes) throws(HTTPError) -> ResponseHead? in
          try scan(bytes, answering: method)
        }
        guard let head else { return nil }
        input.consume(lines.start)
        self = ResponseParser()
        if head.status >= 200 { return head }
      }
    } catch {
      let fault = HTTPError(status: 502, message: "the answer is not HTTP: \(error.message)")
      failure = fault
      throw fault
    }
  }

  private mutating func scan(
    _ bytes: UnsafeRawBufferPointer, answering method: String
  ) throws(HTTPError) -> ResponseHead? {
    if statusLine == nil {
      guard
        let line = try lines.next(
          in: bytes, limit: FieldSection.fieldLimit,
          tooLong: .badRequest("the status line is too long"))
      else { return nil }
      statusLine = try Self.read(line, in: bytes)
    }
    guard let statusLine else { return nil }
    while let line = try lines.next(
      in: bytes, limit: section.lineLimit, tooLong: section.lineTooLong)
    {
      if line.isEmpty { return try head(statusLine, bytes, answering: method) }
      try section.read(line, in: bytes)
    }
    return nil
  }

  /// `HTTP/1.1 200 ` and a reason that means nothing.
  private static func read(
    _ line: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) -> (status: Int, minorVersion: Int) {
    let start = line.lowerBound
    guard line.count >= 13, bytes[start + 8] == UInt8(ascii: " "),
      bytes[start + 12] == UInt8(ascii: " "),
      !bytes[start + 13..<line.upperBound].contains(where: { $0.isForbiddenControl })
    else { throw .badRequest("malformed status line") }
    let minorVersion = try RequestLine.minorVersion(start..<start + 8, in: bytes)
    var status = 0
    for position in start + 9..<start + 12 {
      guard bytes[position].isDigit else { throw .badRequest("malformed status") }
      status = status * 10 + Int(bytes[position] - 0x30)
    }
    guard 100...599 ~= status, status != 101 else {
      throw .badRequest("unexpected status \(status)")
    }
    return (status, minorVersion)
  }

  private func head(
    _ line: (status: Int, minorVersion: Int), _ bytes: UnsafeRawBufferPointer,
    answering method: String
  ) throws(HTTPError) -> ResponseHead {
    let framing = try framing(line, answering: method)
    let persists = !section.saysClose && (line.minorVersion == 1 || section.saysKeepAlive)
    return ResponseHead(
      status: line.status,
      headers: Headers(bytes: [UInt8](bytes[..<lines.start]), index: section.index),
      framing: framing, keepsAlive: persists && framing != .untilClose)
  }

  /// RFC 9112 §6.3 for responses.
  private func framing(
    _ line: (status: Int, minorVersion: Int), answering method: String
  ) throws(HTTPError) -> BodyFraming {
    if section.transferEncoding != nil {
      guard section.contentLength == nil else {
        throw .badRequest("both Content-Length and Transfer-Encoding")
      }
      guard section.transferEncoding == .chunked, line.minorVersion == 1 else {
        throw .badRequest("unexpected Transfer-Encoding")
      }
    }
    if method == "HEAD" || line.status < 200 || line.status == 204 || line.status == 304 {
      return .none
    }
    if section.transferEncoding != nil { return .chunked }
    return section.contentLength.map { .length($0) } ?? .untilClose
  }
}
