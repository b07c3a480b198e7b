import COpenSSL

/// Text forms of keys and certificates (RFC 7468), by OpenSSL's memory buffers.
enum PEM {
  /// What `read` makes of the bytes.
  /// - Throws: `TLSError.failed` if it makes nothing of them.
  static func read(
    _ bytes: [UInt8], _ what: String, by read: (OpaquePointer) -> OpaquePointer?
  ) throws(TLSError) -> OpaquePointer {
    guard let length = Int32(exactly: bytes.count), let buffer = BIO_new_mem_buf(bytes, length)
    else { throw .openSSL("read \(what)") }
    defer { BIO_free(buffer) }
    guard let pointer = read(buffer) else { throw .openSSL("read \(what)") }
    return pointer
  }

  /// The bytes that `write` puts out.
  static func written(
    _ what: String, by write: (OpaquePointer) -> Int32
  ) throws(TLSError) -> [UInt8] {
    guard let buffer = BIO_new(BIO_s_mem()) else { throw .openSSL("write \(what)") }
    defer { BIO_free(buffer) }
    guard write(buffer) == 1 else { throw .openSSL("write \(what)") }
    let size = BIO_ctrl_pending(buffer)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
      count = Int(max(0, BIO_read(buffer, memory.baseAddress, Int32(size))))
    }
    guard bytes.count == size else { throw .openSSL("write \(what)") }
    return bytes
  }
}
