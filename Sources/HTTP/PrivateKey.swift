import COpenSSL

/// A private key of a certificate. Immutable. Its text is a secret: files of it are 0600.
public final class PrivateKey {
  /// An `EVP_PKEY`, owned.
  let pointer: OpaquePointer

  /// Makes a new key on the curve P-256.
  public init() throws(TLSError) {
    let what = "make a P-256 key"
    guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { throw .openSSL(what) }
    defer { EVP_PKEY_CTX_free(context) }
    var made: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1,
      EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &made) == 1, let made
    else { throw .openSSL(what) }
    pointer = made
  }

  /// Reads a key, of any kind, without a passphrase.
  public init(pem: [UInt8]) throws(TLSError) {
    pointer = try PEM.read(pem, "a private key") { buffer in
      // Without a function OpenSSL would ask for a passphrase on the terminal.
      PEM_read_bio_PrivateKey(buffer, nil, { _, _, _, _ in -1 }, nil)
    }
  }

  deinit { EVP_PKEY_free(pointer) }

  /// The key as a `PRIVATE KEY` block (PKCS #8).
  public func pem() throws(TLSError) -> [UInt8] {
    try PEM.written("a private key") {
      PEM_write_bio_PrivateKey($0, pointer, nil, nil, 0, nil, nil)
    }
  }
}
