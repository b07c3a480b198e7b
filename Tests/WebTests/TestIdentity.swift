import Glibc
import HTTP
import Platform
import Support

/// A server's certificate for `localhost`, and what trusts it.
struct TestIdentity: Sendable {
  let server: TLSContext
  let client: TLSContext
  private let directory = TemporaryDirectory()

  init() throws {
    let now = Int64(time(nil))
    let authority = try CertificateAuthority(at: now)
    let key = try PrivateKey()
    let certificate = try authority.issue(
      for: key, names: [.host("localhost"), .address("127.0.0.1")], at: now)
    try writeFileAtomically(directory.file("ca.pem"), authority.certificate.pem(), mode: 0o600)
    try writeFileAtomically(directory.file("cert.pem"), certificate.pem(), mode: 0o600)
    try writeFileAtomically(directory.file("key.pem"), key.pem(), mode: 0o600)
    server = try TLSContext(
      certificateFile: directory.file("cert.pem"), keyFile: directory.file("key.pem"))
    client = try TLSContext(authorityFile: directory.file("ca.pem"))
  }
}
