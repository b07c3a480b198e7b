import Platform

/// Recognises request heads in a byte stream (RFC 9112, strictly; limits of decision 28).
public struct RequestParser: Sendable {
  private var lines = LineScanner()
  private var requestLine: RequestLine?
  private var section = FieldSection()
  private var failure: HTTPError?

  public init() {}

  /// Takes the next request head off the front of `input`.
  ///
  /// Looks at each byte once, so a head that comes byte by byte costs no more than one that comes
  /// whole. Between calls bytes may only be added to `input`.
  /// - Returns: nil if it is not complete yet.
  /// - Throws: what is wrong with the stream, and the same again at every later call: after a
  ///   fault nobody knows where the next message begins, so the connection must end.
  public mutating func next(from input: inout InputBuffer) throws(HTTPError) -> Request? {
    if let failure { throw failure }
    do {
      let request = try input.withUnsafeBytes { (bytes) throws(HTTPError) -> Request? in
        try scan(bytes)
      }
      guard let request else { return nil }
      input.consume(lines.start)
      self = RequestParser()
      return request
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Request? {
    guard try readFirstLine(bytes) else { return nil }
    while let line = try lines.next(
      in: bytes, limit: section.lineLimit, tooLong: section.lineTooLong)
    {
      if line.isEmpty { return try request(bytes) }
      try section.read(line, in: bytes)
    }
    return nil
  }

  /// Reads the request line; one empty line before it is forgiven (RFC 9112 §2.2).
  /// - Returns: whether it is there.
  private mutating func readFirstLine(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
    while requestLine == nil {
      let isFirst = lines.start == 0
      guard
        let line = try lines.next(
          in: bytes, limit: RequestLine.limit, tooLong: RequestLine.tooLong)
      else { return false }
      if line.isEmpty && isFirst { continue }
      requestLine = try RequestLine(line, in: bytes)
    }
    return true
  }

  /// Draws the conclusions from a complete head.
  private mutating func request(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Request? {
    guard let line = requestLine.take() else { return nil }
    if line.minorVersion == 1 && section.hostCount == 0 {
      throw .badRequest("a request of HTTP/1.1 without Host")
    }
    let framing = try framing(minorVersion: line.minorVersion)
    return Request(
      method: line.method, rawTarget: line.rawTarget,
      headers: Headers(bytes: [UInt8](bytes[..<lines.start]), index: section.index),
      framing: framing,
      keepsAlive: !section.saysClose && (line.minorVersion == 1 || section.saysKeepAlive),
      expectsContinue: section.expectsContinue && line.minorVersion == 1 && framing != .none
        && framing != .length(0),
      minorVersion: line.minorVersion)
  }

  /// RFC 9112 §6.3, with everything refused that could be read in two ways.
  private func framing(minorVersion: Int) throws(HTTPError) -> BodyFraming {
    guard let encoding = section.transferEncoding else {
      return section.contentLength.map { .length($0) } ?? .none
    }
    guard section.contentLength == nil else {
      throw .badRequest("both Content-Length and Transfer-Encoding")
    }
    guard minorVersion == 1 else {
      throw .badRequest("Transfer-Encoding in a request of HTTP/1.0")
    }
    guard encoding == .chunked else {
      throw HTTPError(status: 501, message: "the only transfer encoding understood is chunked")
    }
    return .chunked
  }
}
