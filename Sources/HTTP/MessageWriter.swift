/// Writes heads and chunks of messages (RFC 9112).
///
/// The fields that shape a message (`Content-Length`, `Transfer-Encoding`, `Connection`, and
/// `Date` or `Host`) are written from the parameters only; such fields among `headers` are left
/// out, so that no two of them can disagree.
public enum MessageWriter {
  /// Head of a response. Adds `Date`; `Content-Length` or `Transfer-Encoding` by `framing`;
  /// `Connection: close` unless `keepsAlive`, and always with `.untilClose`.
  ///
  /// An answer without a body has `Content-Length: 0`, except those that can have none (1xx, 204,
  /// 304). For the answer to HEAD give the framing that GET would have, and send no body.
  /// - Parameters:
  ///   - status: 100…599.
  ///   - minorVersion: of the request; a client of HTTP/1.0 that stays is told so.
  public static func responseHead(
    status: Int, headers: Headers, framing: BodyFraming, keepsAlive: Bool, minorVersion: Int = 1
  ) -> [UInt8] {
    responseHead(
      status: status, headers: headers, framing: framing, keepsAlive: keepsAlive,
      minorVersion: minorVersion, at: HTTPDate.now)
  }

  /// - Parameter time: in seconds since the Unix epoch.
  static func responseHead(
    status: Int, headers: Headers, framing: BodyFraming, keepsAlive: Bool, minorVersion: Int = 1,
    at time: Int64
  ) -> [UInt8] {
    [UInt8](room: 256 + room(for: headers)) { output in
      output.put("HTTP/1.1 ")
      output.put(status)
      output.put(" ")
      output.put(reason(status))
      output.put("\r\nDate: ")
      HTTPDate.write(time, to: &output)
      output.put("\r\n")
      write(headers, to: &output)
      let cannotHaveBody = status < 200 || status == 204
      if !cannotHaveBody {
        switch framing {
        case .none: if status != 304 { output.put("Content-Length: 0\r\n") }
        case .length, .chunked: write(framing, to: &output)
        case .untilClose: break
        }
      }
      if !keepsAlive || framing == .untilClose {
        output.put("Connection: close\r\n")
      } else if minorVersion == 0 {
        output.put("Connection: keep-alive\r\n")
      }
      output.put("\r\n")
    }
  }

  /// The interim answer to `Expect: 100-continue`.
  public static let continueHead: [UInt8] = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Head of a request. Adds `Host`, and `Content-Length` or `Transfer-Encoding` by `framing`;
  /// `.none` and `.untilClose` say that there is no body.
  ///
  /// Bytes of the method, the target and the host that cannot stand there (white space, controls,
  /// above 127) are percent-encoded: nobody can add a line to the head with them.
  /// - Parameter host: a name or an address with an optional port, IPv6 in brackets.
  public static func requestHead(
    method: String, rawTarget: String, host: String, headers: Headers, framing: BodyFraming
  ) -> [UInt8] {
    let texts = method.utf8.count + rawTarget.utf8.count + host.utf8.count
    return [UInt8](room: 96 + 3 * texts + room(for: headers)) { output in
      writeVisible(method, to: &output)
      output.put(" ")
      writeVisible(rawTarget, to: &output)
      output.put(" HTTP/1.1\r\nHost: ")
      writeVisible(host, to: &output)
      output.put("\r\n")
      write(headers, to: &output)
      switch framing {
      case .length, .chunked: write(framing, to: &output)
      case .none, .untilClose:
        // RFC 9110 §8.6: methods that give a body a meaning say that there is none.
        if ["POST", "PUT", "PATCH"].contains(method) { output.put("Content-Length: 0\r\n") }
      }
      output.put("\r\n")
    }
  }

  /// One chunk of a chunked body; nothing for empty `bytes`.
  public static func chunk(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + 20)
    output.append(contentsOf: String(bytes.count, radix: 16).utf8)
    output.append(contentsOf: "\r\n".utf8)
    output.append(contentsOf: bytes)
    output.append(contentsOf: "\r\n".utf8)
    return output
  }

  /// The last chunk, without trailers.
  public static let lastChunk: [UInt8] = Array("0\r\n\r\n".utf8)

  private static func write(_ framing: BodyFraming, to output: inout ByteSink) {
    switch framing {
    case .length(let length):
      output.put("Content-Length: ")
      output.put(length)
      output.put("\r\n")
    case .chunked: output.put("Transfer-Encoding: chunked\r\n")
    case .none, .untilClose: break
    }
  }

  /// How many bytes the fields can take.
  private static func room(for headers: Headers) -> Int {
    headers.bytes.count + 2 * headers.index.count
  }

  private static func write(_ headers: Headers, to output: inout ByteSink) {
    headers.bytes.withUnsafeBytes { bytes in
      for field in headers.index where !shapesMessage(field.name, bytes) {
        output.put(UnsafeRawBufferPointer(rebasing: bytes[field.line]))
        output.put("\r\n")
      }
    }
  }

  private static func shapesMessage(_ name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 4: bytes.equals(name, lowercase: "date") || bytes.equals(name, lowercase: "host")
    case 10: bytes.equals(name, lowercase: "connection")
    case 14: bytes.equals(name, lowercase: "content-length")
    case 17: bytes.equals(name, lowercase: "transfer-encoding")
    default: false
    }
  }

  private static func writeVisible(_ text: String, to output: inout ByteSink) {
    for byte in text.utf8 {
      if 0x21..<0x7F ~= byte {
        output.put(byte)
      } else {
        output.put("%")
        output.put(.hexadecimalDigit(byte >> 4))
        output.put(.hexadecimalDigit(byte & 15))
      }
    }
  }

  /// The words of RFC 9110 §15 for the statuses in use; empty for others, as is allowed.
  private static func reason(_ status: Int) -> StaticString {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    case 507: "Insufficient Storage"
    default: ""
    }
  }
}
