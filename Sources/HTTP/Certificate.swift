import COpenSSL
import Glibc

/// An X.509 certificate. Immutable.
public final class Certificate {
  /// An `X509`, owned.
  let pointer: OpaquePointer

  /// - Parameter pointer: an `X509`, whose ownership goes over.
  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  /// Reads the first certificate of a file's content.
  public init(pem: [UInt8]) throws(TLSError) {
    pointer = try PEM.read(pem, "a certificate") { PEM_read_bio_X509($0, nil, nil, nil) }
  }

  deinit { X509_free(pointer) }

  /// The certificate as a `CERTIFICATE` block.
  public func pem() throws(TLSError) -> [UInt8] {
    try PEM.written("a certificate") { PEM_write_bio_X509($0, pointer) }
  }

  /// From when it is valid, in seconds since the Unix epoch.
  public var notBefore: Int64 { Self.seconds(X509_get0_notBefore(pointer)) }

  /// Until when it is valid, in seconds since the Unix epoch.
  public var notAfter: Int64 { Self.seconds(X509_get0_notAfter(pointer)) }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var parts = tm()
    // A time that cannot be read counts as long past: such a certificate is of no use.
    guard ASN1_TIME_to_tm(time, &parts) == 1 else { return .min }
    return Int64(timegm(&parts))
  }

  /// The DNS names, in small letters, and addresses that it is for (subjectAltName).
  public var names: [String] {
    guard let list = X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else { return [] }
    let stack = OpaquePointer(list)
    defer { GENERAL_NAMES_free(stack) }
    return (0..<OPENSSL_sk_num(stack)).compactMap { index in
      guard let entry = OPENSSL_sk_value(stack, index) else { return nil }
      var kind: Int32 = 0
      let value = GENERAL_NAME_get0_value(entry.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
      guard kind == GEN_DNS || kind == GEN_IPADD, let value else { return nil }
      let text = value.assumingMemoryBound(to: ASN1_STRING.self)
      let bytes = UnsafeBufferPointer(
        start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
      return kind == GEN_DNS
        ? String(decoding: bytes, as: UTF8.self).lowercased() : ServerName.address(Array(bytes))
    }
  }

  /// Whether clients that ask for that name accept the certificate, wildcards considered.
  public func isValid(for name: ServerName) -> Bool {
    switch name {
    case .host(let text): X509_check_host(pointer, text, 0, 0, nil) == 1
    case .address(let text): X509_check_ip_asc(pointer, text, 0) == 1
    }
  }

  /// Whether this is the key of the certificate.
  public func fits(_ key: PrivateKey) -> Bool {
    defer { ERR_clear_error() }
    return X509_check_private_key(pointer, key.pointer) == 1
  }

  /// Whether the authority's name is that of the issuer and its key made the signature.
  public func isIssued(by authority: Certificate) -> Bool {
    defer { ERR_clear_error() }
    return X509_check_issued(authority.pointer, pointer) == X509_V_OK
      && X509_verify(pointer, X509_get0_pubkey(authority.pointer)) == 1
  }

  /// Checks the certificate as the strictest of clients do (X509_V_FLAG_X509_STRICT): chain,
  /// extensions, purpose, time.
  /// - Parameters:
  ///   - authority: the only one trusted.
  ///   - time: in seconds since the Unix epoch.
  /// - Throws: `TLSError.failed` with OpenSSL's reason.
  public func verifyStrictly(asServerTrusting authority: Certificate, at time: Int64)
    throws(TLSError)
  {
    let what = "check a certificate"
    guard let store = X509_STORE_new() else { throw .openSSL(what) }
    defer { X509_STORE_free(store) }
    guard let context = X509_STORE_CTX_new() else { throw .openSSL(what) }
    defer { X509_STORE_CTX_free(context) }
    guard X509_STORE_add_cert(store, authority.pointer) == 1,
      X509_STORE_CTX_init(context, store, pointer, nil) == 1,
      X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1
    else { throw .openSSL(what) }
    X509_STORE_CTX_set_flags(
      context, UInt(X509_V_FLAG_X509_STRICT) | UInt(X509_V_FLAG_CHECK_SS_SIGNATURE))
    X509_STORE_CTX_set_time(context, 0, time_t(time))
    guard X509_verify_cert(context) == 1 else {
      let code = Int(X509_STORE_CTX_get_error(context))
      ERR_clear_error()
      throw .failed("\(what): \(String(cString: X509_verify_cert_error_string(code)))")
    }
  }
}
