import COpenSSL

/// Text forms of keys and certificates (RFC 7468), by OpenSSL's memory buffers.
enum PEM {
  /// What `read` makes of the bytes.
  /// - Throws: `TLSError.failed` if it makes nothing of them.
  static func read(
    _ bytes: [UInt8], _ what: String, by read: (OpaquePointer) -> OpaquePointer?
  ) throws(TLSError) -> OpaquePointer {
    guard let length = Int32(exactly: bytes.count), let buffer = BIO_new_mem_buf(bytes, length)
    else { throw .ofOpenSSL("read \(what)") }
    defer { BIO_free(buffer) }
    guard let pointer = read(buffer) else { throw .ofOpenSSL("read \(what)") }
    return pointer
  }

  /// The bytes that `write` puts out.
  static func written(
    _ what: String, by write: (OpaquePointer) -> Int32
  ) throws(TLSError) -> [UInt8] {
    guard let buffer = BIO_new(BIO_s_mem()) else { throw .ofOpenSSL("write \(what)") }
    defer { BIO_free(buffer) }
    guard write(buffer) == 1 else { throw .ofOpenSSL("write \(what)") }
    let size = BIO_ctrl_pending(buffer)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
      count = Int(max(0, BIO_read(buffer, memory.baseAddress, Int32(size))))
    }
    guard bytes.count == size else { throw .ofOpenSSL("write \(what)") }
    return bytes
  }
}

extension TLSError {
  /// What failed, with the reasons that OpenSSL noted; takes them off its list.
  static func ofOpenSSL(_ what: String) -> Self {
    var reasons: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      var text = [CChar](repeating: 0, count: 256)
      ERR_error_string_n(code, &text, text.count)
      reasons.append(
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return .failed(([what] + reasons).joined(separator: ": "))
  }
}
