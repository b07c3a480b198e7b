import Glibc
import HTTP
import Platform
import Support
import Testing

@testable import Manager

@Suite struct CertificatesTests {
  private static let now = wallClockNanoseconds() / 1_000_000_000
  private static let day: Int64 = 86_400

  private let directory = TemporaryDirectory()
  private var files: Certificates.Files {
    Certificates.Files(
      authority: directory.file("sub/ca.pem"), certificate: directory.file("sub/cert.pem"),
      key: directory.file("sub/key.pem"), authorityKey: directory.file("sub/ca.key"))
  }
  private var all: [String] {
    [files.authority, files.certificate, files.key, files.authorityKey]
  }

  @discardableResult
  private func prepare(
    domain: String = "localhost", hostNames: [String] = ["node1"], after days: Int64 = 0
  ) throws -> Certificates {
    try Certificates.prepare(
      files, domain: domain, hostNames: hostNames, at: Self.now + days * Self.day)
  }

  private func contents() -> [[UInt8]?] { all.map { try? readFile($0) } }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  /// What the tool says of the set; nothing if it accepts it.
  private func complaint(host: String = "localhost", after days: Int64 = 0) throws -> String? {
    let tool = try Tool(
      "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host,
      "-attime", "\(Self.now + days * Self.day)", "-CAfile", files.authority, files.certificate)
    return tool.status == 0 ? nil : tool.output
  }

  /// Puts a set of a user's there: signed by an authority whose key is elsewhere.
  private func supply(names: [String] = ["localhost"], at time: Int64 = Self.now) throws {
    let authority = try CertificateAuthority(at: time)
    let key = try PrivateKey()
    let certificate = try authority.issue(
      for: key, names: names.compactMap { ServerName($0) }, at: time)
    try makeDirectories(parentDirectory(of: files.key))
    try writeFileAtomically(files.authority, try authority.certificate.pem(), mode: 0o644)
    try writeFileAtomically(files.certificate, try certificate.pem(), mode: 0o644)
    try writeFileAtomically(files.key, try key.pem(), mode: 0o600)
  }

  @Test func aSetIsMadeWhereThereIsNone() throws {
    let made = try prepare(domain: "wr.example.org")
    #expect(made.messages == ["created a new key and certificate for TLS"])
    #expect(made.warnings == [])
    #expect(made.ends == Self.now + 365 * Self.day)
    #expect(all.map(mode) == [0o644, 0o644, 0o600, 0o600])
    for host in ["localhost", "node1", "wr.example.org"] {
      #expect(try complaint(host: host) == nil)
    }
    let certificate = try Certificate(pem: readFile(files.certificate))
    #expect(
      certificate.names == ["wr.example.org", "localhost", "node1", "127.0.0.1", "::1"])
    // Nothing is left of the temporary files.
    let listed = try Tool("ls", directory.file("sub")).output
    #expect(listed == "ca.key\nca.pem\ncert.pem\nkey.pem\n")
    _ = try TLSContext(certificateFile: files.certificate, keyFile: files.key)
    _ = try TLSContext(authorityFile: files.authority)
  }

  @Test func aGoodSetStaysAsItIs() throws {
    try prepare()
    let before = contents()
    let again = try prepare(after: 300)
    #expect(again.messages == [])
    #expect(again.warnings == [])
    #expect(contents() == before)
  }

  @Test func theServersCertificateIsRenewedOnTheSameAuthority() throws {
    try prepare()
    for (days, next) in [(340, 705), (1000, 1365)] as [(Int64, Int64)] {
      let before = contents()
      let renewed = try prepare(after: days)
      #expect(renewed.messages == ["renewed the certificate for TLS"])
      #expect(renewed.warnings == [])
      #expect(renewed.ends == Self.now + next * Self.day)
      let after = contents()
      #expect(after[0] == before[0])
      #expect(after[1] != before[1])
      #expect(after[2] == before[2])
      #expect(after[3] == before[3])
      #expect(try complaint(after: days) == nil)
    }
  }

  @Test func newNamesRenewIt() throws {
    try prepare()
    #expect(try prepare(domain: "wr.example.org").messages == ["renewed the certificate for TLS"])
    #expect(try complaint(host: "wr.example.org") == nil)
    #expect(try prepare(domain: "wr.example.org").messages == [])
    #expect(try prepare(domain: "192.0.2.7").messages == ["renewed the certificate for TLS"])
  }

  @Test func theEndOfTheAuthorityIsAnnouncedAndThenFinal() throws {
    try prepare()
    #expect(try prepare(after: 3300).warnings == [])
    let late = try prepare(after: 3639)
    #expect(late.warnings.contains { $0 == "\(files.authority) expires in 11 days" })
    #expect(try prepare(after: 3639).messages == [])
    #expect(throws: CertificatesError(message: "\(files.authority) cert expired")) {
      try prepare(after: 3650)
    }
  }

  @Test func whateverIsLeftWithoutACertificateIsMadeWhole() throws {
    // As a crash may leave it, and as a person may: any of the others, whole or rubbish.
    for present in 0..<8 {
      for isRubbish in [false, true] {
        for path in all { unlink(path) }
        try prepare()
        unlink(files.certificate)
        for (bit, path) in [files.authority, files.key, files.authorityKey].enumerated() {
          if present >> bit & 1 == 0 {
            unlink(path)
          } else if isRubbish {
            try writeFileAtomically(path, Array("rubbish".utf8), mode: 0o600)
          }
        }
        let made = try prepare()
        #expect(made.messages == ["created a new key and certificate for TLS"])
        #expect(try complaint() == nil, "with \(present), rubbish: \(isRubbish)")
        #expect(try prepare().messages == [])
      }
    }
  }

  @Test func theAuthorityStaysWhenOnlyTheCertificateLacks() throws {
    try prepare()
    let before = contents()
    unlink(files.certificate)
    try prepare()
    #expect(contents()[0] == before[0])
    #expect(contents()[3] == before[3])
  }

  @Test func aRenewalThatWasCutShortIsRepaired() throws {
    // The key was replaced, the certificate was not yet.
    try prepare()
    try writeFileAtomically(files.key, PrivateKey().pem(), mode: 0o600)
    #expect(try prepare().messages == ["renewed the certificate for TLS"])
    let certificate = try Certificate(pem: readFile(files.certificate))
    #expect(certificate.fits(try PrivateKey(pem: readFile(files.key))))
  }

  @Test func theUsersSetIsUsedAsItIs() throws {
    try supply()
    let before = contents()
    let used = try prepare(after: 300)
    #expect(used.messages == [])
    #expect(used.warnings == [])
    #expect(contents() == before)
  }

  @Test func theUsersSetIsWarnedOfAndThenRefused() throws {
    try supply()
    let before = contents()
    #expect(
      try prepare(after: 336).warnings == ["\(files.certificate) expires in 29 days"])
    #expect(throws: CertificatesError(message: "\(files.certificate) cert expired")) {
      try prepare(after: 365)
    }
    #expect(contents() == before)
  }

  @Test func aUsersCertificateForOtherNamesIsReported() throws {
    try supply(names: ["*.example.org"])
    #expect(try prepare(domain: "wr.example.org").warnings == [])
    #expect(
      try prepare().warnings
        == ["\(files.certificate) is not for localhost, the certificate domain"])
  }

  @Test func aUsersSetThatDoesNotFitIsRefused() throws {
    func message() -> String? {
      #expect(throws: CertificatesError.self) { try prepare() }?.message
    }
    try supply()
    try writeFileAtomically(files.key, PrivateKey().pem(), mode: 0o600)
    #expect(message() == "\(files.key) is not the key of \(files.certificate)")
    unlink(files.key)
    #expect(message() == "\(files.key) is missing, the key of \(files.certificate)")
    try supply()
    unlink(files.authority)
    #expect(message()?.hasPrefix("\(files.authority) is missing") == true)
    try supply()
    try writeFileAtomically(files.certificate, Array("rubbish".utf8), mode: 0o644)
    #expect(message()?.hasPrefix("\(files.certificate): read a certificate") == true)
  }

  @Test func looseModesOfKeysAreRepairedOrReported() throws {
    try prepare()
    chmod(files.key, 0o644)
    chmod(files.authorityKey, 0o640)
    #expect(try prepare().warnings.count == 2)
    #expect(mode(files.key) == 0o600)
    #expect(mode(files.authorityKey) == 0o600)
    for path in all { unlink(path) }
    try supply()
    chmod(files.key, 0o644)
    #expect(try prepare().warnings == ["\(files.key) can be read by others"])
    #expect(mode(files.key) == 0o644)
  }

  @Test func aDomainThatIsNoneIsRefused() throws {
    #expect(throws: CertificatesError.self) { try prepare(domain: "a,DNS:b") }
    #expect(contents().allSatisfy { $0 == nil })
  }

  @Test func aHostNameThatIsNoneIsLeftOut() throws {
    try prepare(hostNames: ["bad name", "good"])
    let certificate = try Certificate(pem: readFile(files.certificate))
    #expect(certificate.names == ["localhost", "good", "127.0.0.1", "::1"])
  }
}
