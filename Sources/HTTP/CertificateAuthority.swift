import COpenSSL
import Glibc

/// An authority of our own: its certificate, which clients trust, and the key that signs.
///
/// What it makes passes the strictest checks (RFC 5280 as X509_V_FLAG_X509_STRICT reads it, which
/// is Python's default too): distinct names, critical basicConstraints and keyUsage, key
/// identifiers.
public struct CertificateAuthority {
  public let certificate: Certificate
  public let key: PrivateKey

  private static let day: Int64 = 86_400
  /// How far back validity begins, for clients whose clocks are slow.
  private static let backdating: Int64 = 3600
  private static let organisation = "wr manager"

  /// Puts together what was made before.
  /// - Throws: `TLSError.failed` if the key is not that of the certificate.
  public init(certificate: Certificate, key: PrivateKey) throws(TLSError) {
    guard certificate.fits(key) else {
      throw .failed("the authority's key does not belong to its certificate")
    }
    self.certificate = certificate
    self.key = key
  }

  /// Makes a new authority, valid for 10 years.
  /// - Parameter now: in seconds since the Unix epoch.
  public init(at now: Int64) throws(TLSError) {
    key = try PrivateKey()
    certificate = try Self.make(
      Plan(
        commonName: "wr manager CA", key: key, issuer: nil, signer: key,
        notBefore: now - Self.backdating, notAfter: now + 3650 * Self.day,
        extensions: [
          (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
          (NID_key_usage, "critical,keyCertSign,cRLSign"),
          (NID_subject_key_identifier, "hash"),
          (NID_authority_key_identifier, "keyid:always"),
        ]))
  }

  /// Makes a server's certificate, valid for a year but no longer than the authority, and checks
  /// it.
  /// - Parameters:
  ///   - key: the server's.
  ///   - names: what it is for; the first one is its common name too.
  ///   - now: in seconds since the Unix epoch.
  public func issue(for key: PrivateKey, names: [ServerName], at now: Int64) throws(TLSError)
    -> Certificate
  {
    let alternatives = names.map { name in
      switch name {
      case .host(let text): "DNS:\(text)"
      case .address(let text): "IP:\(text)"
      }
    }
    guard let first = names.first else { throw .failed("a certificate needs a name") }
    let issued = try Self.make(
      Plan(
        // A common name has at most 64 characters (RFC 5280, appendix A.1).
        commonName: String(first.text.prefix(64)), key: key, issuer: certificate,
        signer: self.key,
        notBefore: now - Self.backdating,
        notAfter: min(now + 365 * Self.day, certificate.notAfter),
        extensions: [
          (NID_basic_constraints, "critical,CA:FALSE"),
          (NID_key_usage, "critical,digitalSignature"),
          (NID_ext_key_usage, "serverAuth"),
          (NID_subject_key_identifier, "hash"),
          (NID_authority_key_identifier, "keyid:always"),
          (NID_subject_alt_name, alternatives.joined(separator: ",")),
        ]))
    try issued.verifyStrictly(asServerTrusting: certificate, at: now)
    return issued
  }

  /// What a certificate is to say.
  private struct Plan {
    var commonName: String
    var key: PrivateKey
    /// nil if it signs itself.
    var issuer: Certificate?
    var signer: PrivateKey
    var notBefore: Int64
    var notAfter: Int64
    /// In the syntax of x509v3_config(5).
    var extensions: [(kind: Int32, value: String)]
  }

  private static func make(_ plan: Plan) throws(TLSError) -> Certificate {
    let what = "make a certificate"
    guard let pointer = X509_new() else { throw .openSSL(what) }
    let certificate = Certificate(owning: pointer)
    let subject = X509_get_subject_name(pointer)
    guard X509_set_version(pointer, Int(X509_VERSION_3)) == 1,
      setRandomSerial(of: pointer),
      ASN1_TIME_set(X509_getm_notBefore(pointer), time_t(plan.notBefore)) != nil,
      ASN1_TIME_set(X509_getm_notAfter(pointer), time_t(plan.notAfter)) != nil,
      add("O", organisation, to: subject), add("CN", plan.commonName, to: subject),
      X509_set_issuer_name(
        pointer, plan.issuer.map { X509_get_subject_name($0.pointer) } ?? subject)
        == 1,
      X509_set_pubkey(pointer, plan.key.pointer) == 1
    else { throw .openSSL(what) }
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, plan.issuer?.pointer ?? pointer, pointer, nil, nil, 0)
    for (kind, value) in plan.extensions {
      guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
        throw .openSSL("\(what) with \(value)")
      }
      defer { X509_EXTENSION_free(made) }
      guard X509_add_ext(pointer, made, -1) == 1 else { throw .openSSL(what) }
    }
    guard X509_sign(pointer, plan.signer.pointer, EVP_sha256()) > 0 else { throw .openSSL(what) }
    return certificate
  }

  private static func add(_ kind: String, _ text: String, to name: OpaquePointer?) -> Bool {
    let bytes = Array(text.utf8)
    return X509_NAME_add_entry_by_txt(name, kind, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
      == 1
  }

  /// 128 random bits: no two certificates of one issuer may share a serial number.
  private static func setRandomSerial(of certificate: OpaquePointer) -> Bool {
    guard let number = BN_new() else { return false }
    defer { BN_free(number) }
    return BN_rand(number, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
      && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
  }
}
