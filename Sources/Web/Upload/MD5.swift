import COpenSSL
import Glibc
import Platform

/// The MD5 digest of bytes that come piece by piece (RFC 1321). Good for names, not for trust.
final class MD5 {
  private let context: OpaquePointer?
  /// False where OpenSSL refuses MD5, as it does in FIPS mode.
  private let isUsable: Bool

  init() {
    context = EVP_MD_CTX_new()
    isUsable = EVP_DigestInit_ex(context, EVP_md5(), nil) == 1
  }

  deinit { EVP_MD_CTX_free(context) }

  func update(_ bytes: [UInt8]) {
    // Fails only on a context that `finish` will complain of.
    if isUsable { _ = EVP_DigestUpdate(context, bytes, bytes.count) }
  }

  /// 32 lower-case hexadecimal digits. To be asked for once.
  /// - Throws: ENOTSUP if the digest is not to be had.
  func finish() throws(SystemError) -> String {
    var digest = [UInt8](repeating: 0, count: 16)
    guard isUsable, EVP_DigestFinal_ex(context, &digest, nil) == 1 else {
      throw SystemError(code: ENOTSUP, operation: "compute an MD5 digest")
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
