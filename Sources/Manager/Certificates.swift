import Glibc
import HTTP
import Platform

/// Why the files for TLS cannot be used or made.
public struct CertificatesError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
}

/// The files for TLS, ready for use (behaviour.md §13, decision 26).
public struct Certificates: Sendable, Hashable {
  /// Where they are.
  public struct Files: Sendable, Hashable {
    /// What clients trust.
    public var authority: String
    public var certificate: String
    public var key: String
    public var authorityKey: String

    public init(authority: String, certificate: String, key: String, authorityKey: String) {
      self.authority = authority
      self.certificate = certificate
      self.key = key
      self.authorityKey = authorityKey
    }

    public init(_ configuration: Configuration) {
      self.init(
        authority: configuration.authorityFile, certificate: configuration.certificateFile,
        key: configuration.keyFile, authorityKey: configuration.authorityKeyFile)
    }
  }

  /// What was done, for the start-up log.
  public private(set) var messages: [String] = []
  /// What an administrator has to see to.
  public private(set) var warnings: [String] = []
  /// When the first of the certificates ends, in seconds since the Unix epoch.
  public private(set) var ends: Int64 = .max

  private let files: Files
  private let names: [ServerName]

  /// Makes what lacks and renews what is ours and ends soon; what the user supplied is used as it
  /// is. Blocks for file work.
  ///
  /// - Parameters:
  ///   - domain: what clients check the certificate for.
  ///   - hostNames: of this machine; `localhost` and the loopback addresses are always added.
  ///   - now: in seconds since the Unix epoch.
  /// - Throws: `CertificatesError`: an expired certificate, a file that lacks or does not fit.
  public static func prepare(
    _ files: Files, domain: String, hostNames: [String], at now: Int64
  ) throws(CertificatesError) -> Certificates {
    guard let domain = ServerName(domain) else {
      throw CertificatesError(
        message: "the certificate domain \(domain) is neither a DNS name nor an IP address")
    }
    var names = [domain]
    for text in ["localhost"] + hostNames + ["127.0.0.1", "::1"] {
      // A host may have a name that no client could ask for; the certificate is good without it.
      if let name = ServerName(text), !names.contains(name) { names.append(name) }
    }
    var certificates = Certificates(files: files, names: names)
    do {
      try certificates.prepare(at: now)
    } catch let error as CertificatesError {
      throw error
    } catch {
      throw CertificatesError(message: "the files for TLS: \(error)")
    }
    return certificates
  }

  private init(files: Files, names: [ServerName]) {
    self.files = files
    self.names = names
  }

  private mutating func prepare(at now: Int64) throws {
    var material = try Material(files)
    switch CertificatePlan(for: material.facts(names), at: now) {
    case .use: break
    case .makeAll:
      material.authority = try makeAuthority(at: now)
      try issue(&material, keepingKey: false, at: now)
      messages.append("created a new key and certificate for TLS")
    case .issue(let keepingKey):
      let isFirst = material.certificate == nil
      try issue(&material, keepingKey: keepingKey, at: now)
      messages.append(
        isFirst
          ? "created a new key and certificate for TLS" : "renewed the certificate for TLS")
    case .refuse(let fault): throw CertificatesError(message: describe(fault))
    }
    try restrictKeys(material.facts(names).isOurs)
    noteEnds(material, at: now)
  }

  private func makeAuthority(at now: Int64) throws -> (
    certificate: Certificate, key: PrivateKey?
  ) {
    let made = try CertificateAuthority(at: now)
    try write(made.key.pem(), to: files.authorityKey, mode: 0o600)
    try write(made.certificate.pem(), to: files.authority, mode: 0o644)
    return (made.certificate, made.key)
  }

  /// Writes the certificate last: with it the set is complete.
  private func issue(_ material: inout Material, keepingKey: Bool, at now: Int64) throws {
    guard let (certificate, authorityKey) = material.authority, let authorityKey else {
      throw CertificatesError(message: "\(files.authorityKey) is missing")
    }
    let authority = try CertificateAuthority(certificate: certificate, key: authorityKey)
    let key: PrivateKey
    if keepingKey, let present = material.key {
      key = present
    } else {
      key = try PrivateKey()
      try write(key.pem(), to: files.key, mode: 0o600)
    }
    let issued = try authority.issue(for: key, names: names, at: now)
    try write(issued.pem(), to: files.certificate, mode: 0o644)
    (material.key, material.certificate) = (key, issued)
  }

  private func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
    try makeDirectories(parentDirectory(of: path), mode: 0o700)
    try writeFileAtomically(path, bytes, mode: mode)
  }

  private func describe(_ fault: CertificatePlan.Fault) -> String {
    switch fault {
    case .authorityMissing:
      "\(files.authority) is missing: clients need the certificate of the authority that signed "
        + "\(files.certificate); to have new ones made, remove the latter"
    case .keyMissing: "\(files.key) is missing, the key of \(files.certificate)"
    case .keyDoesNotFit: "\(files.key) is not the key of \(files.certificate)"
    case .authorityExpired: "\(files.authority) cert expired"
    case .certificateExpired: "\(files.certificate) cert expired"
    }
  }

  /// Keys of ours get their mode back; for one of the user's there is a warning.
  private mutating func restrictKeys(_ isOurs: Bool) throws {
    guard isOurs else {
      var status = stat()
      if stat(files.key, &status) == 0, status.st_mode & 0o077 != 0 {
        warnings.append("\(files.key) can be read by others")
      }
      return
    }
    for path in [files.key, files.authorityKey] where try restrictToOwner(path) {
      warnings.append("\(path) could be read by others; its mode is 0600 now")
    }
  }

  private mutating func noteEnds(_ material: Material, at now: Int64) {
    for (path, certificate) in [
      (files.authority, material.authority?.certificate),
      (files.certificate, material.certificate),
    ] {
      guard let certificate else { continue }
      let left = certificate.notAfter - now
      if left < CertificatePlan.notice {
        let days = left / 86_400
        warnings.append("\(path) expires in \(days) day\(days == 1 ? "" : "s")")
      }
      ends = min(ends, certificate.notAfter)
    }
    if let certificate = material.certificate, let domain = names.first,
      !certificate.isValid(for: domain)
    {
      warnings.append("\(files.certificate) is not for \(domain.text), the certificate domain")
    }
  }
}

/// What the files hold.
private struct Material {
  var authority: (certificate: Certificate, key: PrivateKey?)?
  var certificate: Certificate?
  var key: PrivateKey?

  /// - Throws: for a file that holds something else; but without a certificate the set is
  ///   incomplete, and whatever is wrong with the rest, it will be made again.
  init(_ files: Certificates.Files) throws {
    certificate = try Self.read(files.certificate) { pem throws(TLSError) in
      try Certificate(pem: pem)
    }
    do {
      key = try Self.read(files.key) { pem throws(TLSError) in try PrivateKey(pem: pem) }
      let authorityKey = try Self.read(files.authorityKey) { pem throws(TLSError) in
        try PrivateKey(pem: pem)
      }
      authority = try Self.read(files.authority) { pem throws(TLSError) in
        (try Certificate(pem: pem), authorityKey)
      }
    } catch  where certificate == nil {
      key = nil
      authority = nil
    }
  }

  private static func read<Value>(
    _ path: String, as make: ([UInt8]) throws(TLSError) -> Value
  ) throws -> Value? {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try readFile(path)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
    do throws(TLSError) {
      return try make(bytes)
    } catch {
      guard case .failed(let reason) = error else { throw error }
      throw CertificatesError(message: "\(path): \(reason)")
    }
  }

  func facts(_ names: [ServerName]) -> CertificateFacts {
    CertificateFacts(
      authorityEnds: authority?.certificate.notAfter,
      canSign: authority.map { authority in
        authority.key.map { authority.certificate.fits($0) } ?? false
      } ?? false,
      server: certificate.map { certificate in
        let present = Set(certificate.names)
        return CertificateFacts.Server(
          ends: certificate.notAfter,
          isIssuedByAuthority: authority.map { certificate.isIssued(by: $0.certificate) } ?? false,
          coversNames: names.allSatisfy { present.contains($0.text) },
          keyFits: key.map { certificate.fits($0) })
      })
  }
}
