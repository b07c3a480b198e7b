import COpenSSL

/// The MD5 digest of bytes that come piece by piece (RFC 1321). Good for names, not for trust.
final class MD5 {
  private let context: OpaquePointer

  /// - Returns: nil if OpenSSL refuses, as it does in FIPS mode.
  init?() {
    guard let context = EVP_MD_CTX_new() else { return nil }
    guard EVP_DigestInit_ex(context, EVP_md5(), nil) == 1 else {
      EVP_MD_CTX_free(context)
      return nil
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  func update(_ bytes: [UInt8]) {
    // Fails only on a context that was not initialised.
    _ = EVP_DigestUpdate(context, bytes, bytes.count)
  }

  /// 32 lower-case hexadecimal digits. To be asked for once.
  func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 16)
    _ = EVP_DigestFinal_ex(context, &digest, nil)
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
