import COpenSSL
import Platform

/// Why bytes can no longer be exchanged with a peer.
public enum TLSError: Error, Hashable, Sendable {
  /// The peer has gone, or we shut the session down.
  case closed
  /// Nothing came, or nothing could be sent, until the deadline.
  case timeout
  /// TLS or the socket failed; what OpenSSL or the system says of it.
  case failed(String)

  /// What OpenSSL has to say of the call that just failed on this thread.
  static func openSSL(_ operation: String) -> TLSError {
    var words = [CChar](repeating: 0, count: 256)
    copenssl_take_error(&words, words.count)
    let text = String(
      decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return .failed(text.isEmpty ? operation : "\(operation): \(text)")
  }
}

/// Certificates, keys and protocol versions of one side. Immutable; shared by all sessions.
///
/// Unchecked because OpenSSL counts references to an SSL_CTX atomically and nothing here changes
/// after `init`.
public final class TLSContext: @unchecked Sendable {
  let raw: OpaquePointer

  /// A server's side: TLS 1.2 and 1.3 only.
  /// - Throws: `TLSError.failed` if a file cannot be read or does not fit the other.
  public init(certificateFile: String, keyFile: String) throws(TLSError) {
    guard let raw = SSL_CTX_new(TLS_server_method()) else { throw .openSSL("make a TLS context") }
    self.raw = raw
    copenssl_set_modes(raw)
    // Renegotiation lets a client make the server do its work again and again.
    copenssl_refuse_renegotiation(raw)
    guard copenssl_require_tls12(raw) == 1 else { throw .openSSL("require TLS 1.2") }
    guard SSL_CTX_use_certificate_chain_file(raw, certificateFile) == 1 else {
      throw .openSSL("use the certificate \(certificateFile)")
    }
    guard SSL_CTX_use_PrivateKey_file(raw, keyFile, SSL_FILETYPE_PEM) == 1 else {
      throw .openSSL("use the key \(keyFile)")
    }
    guard SSL_CTX_check_private_key(raw) == 1 else {
      throw .openSSL("use the key \(keyFile) with the certificate \(certificateFile)")
    }
  }

  /// A client's side that trusts only `authorityFile` and checks the server's name.
  public init(authorityFile: String) throws(TLSError) {
    guard let raw = SSL_CTX_new(TLS_client_method()) else { throw .openSSL("make a TLS context") }
    self.raw = raw
    copenssl_set_modes(raw)
    guard copenssl_require_tls12(raw) == 1 else { throw .openSSL("require TLS 1.2") }
    guard SSL_CTX_load_verify_locations(raw, authorityFile, nil) == 1 else {
      throw .openSSL("trust the certificates of \(authorityFile)")
    }
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
  }

  deinit { SSL_CTX_free(raw) }
}
