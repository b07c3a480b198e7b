import Platform
import Support
import Testing

@testable import HTTP

@Suite struct CertificateAuthorityTests {
  static let now = wallClockNanoseconds() / 1_000_000_000
  static let day: Int64 = 86_400

  private let names = ["localhost", "wr.example.org", "127.0.0.1", "::1"].compactMap {
    ServerName($0)
  }

  /// An authority and a server's certificate, in files.
  private struct Issued {
    let directory = TemporaryDirectory()
    let authority: CertificateAuthority
    let certificate: Certificate
    var authorityFile: String { directory.file("ca.pem") }
    var certificateFile: String { directory.file("cert.pem") }
    var keyFile: String { directory.file("key.pem") }

    init(_ names: [ServerName], at now: Int64 = CertificateAuthorityTests.now) throws {
      authority = try CertificateAuthority(at: now)
      let key = try PrivateKey()
      certificate = try authority.issue(for: key, names: names, at: now)
      try writeFileAtomically(authorityFile, try authority.certificate.pem(), mode: 0o644)
      try writeFileAtomically(certificateFile, try certificate.pem(), mode: 0o644)
      try writeFileAtomically(keyFile, try key.pem(), mode: 0o600)
    }
  }

  @Test func theStrictCheckOfTheOpenSSLToolAcceptsIt() throws {
    let issued = try Issued(names)
    for name in ["-verify_hostname", "-verify_ip"] {
      let value = name == "-verify_ip" ? "::1" : "wr.example.org"
      let tool = try Tool(
        "openssl", "verify", "-x509_strict", "-purpose", "sslserver", name, value, "-CAfile",
        issued.authorityFile, issued.certificateFile)
      #expect(tool.status == 0, "\(tool.output)")
    }
    let alone = try Tool(
      "openssl", "verify", "-x509_strict", "-CAfile", issued.authorityFile, issued.authorityFile)
    #expect(alone.status == 0, "\(alone.output)")
  }

  @Test(.timeLimit(.minutes(1))) func pythonAndCurlTrustIt() throws {
    let issued = try Issued(names)
    let tool = try Tool(
      "python3", "-", issued.authorityFile, issued.certificateFile, issued.keyFile,
      input: Self.script)
    #expect(tool.status == 0)
    #expect(
      tool.output == """
        python localhost
        python wr.example.org
        python 127.0.0.1
        python ::1
        refused evil.example.org
        curl localhost ok
        curl 127.0.0.1 ok

        """)
  }

  /// Serves with the certificate on a thread, and asks by Python's ssl and by curl.
  private static let script = """
    import socket, ssl, subprocess, sys, threading
    ca, cert, key = sys.argv[1:]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    def serve():
        while True:
            raw, _ = listener.accept()
            try:
                with server.wrap_socket(raw, server_side=True) as c:
                    c.recv(4096)
                    c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
            except ssl.SSLError:
                pass
    threading.Thread(target=serve, daemon=True).start()
    client = ssl.create_default_context(cafile=ca)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ["localhost", "wr.example.org", "127.0.0.1", "::1"]:
        with socket.create_connection(("127.0.0.1", port)) as raw:
            with client.wrap_socket(raw, server_hostname=name) as c:
                print("python", name, flush=True)
    try:
        with socket.create_connection(("127.0.0.1", port)) as raw:
            client.wrap_socket(raw, server_hostname="evil.example.org")
    except ssl.SSLCertVerificationError:
        print("refused evil.example.org", flush=True)
    for name in ["localhost", "127.0.0.1"]:
        answer = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", "--ipv4",
            "--noproxy", "*", "--cacert", ca, f"https://{name}:{port}/"], capture_output=True)
        print("curl", name, (answer.stdout or answer.stderr).decode(), flush=True)
    """

  @Test func itSaysWhatTheDecisionAsksFor() throws {
    let issued = try Issued(names)
    func text(_ file: String) throws -> String {
      try Tool("openssl", "x509", "-noout", "-text", "-in", file).output
    }
    let authority = try text(issued.authorityFile)
    for line in [
      "Issuer: O = wr manager, CN = wr manager CA", "Subject: O = wr manager, CN = wr manager CA",
      "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0",
      "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign",
      "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier", "NIST CURVE: P-256",
      "Signature Algorithm: ecdsa-with-SHA256", "Version: 3",
    ] { #expect(authority.contains(line), "\(line) is not in \(authority)") }
    let server = try text(issued.certificateFile)
    for line in [
      "Issuer: O = wr manager, CN = wr manager CA", "Subject: O = wr manager, CN = localhost",
      "X509v3 Basic Constraints: critical\n                CA:FALSE",
      "X509v3 Key Usage: critical\n                Digital Signature\n",
      "X509v3 Extended Key Usage: \n                TLS Web Server Authentication",
      "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier", "NIST CURVE: P-256",
      "DNS:localhost, DNS:wr.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    ] { #expect(server.contains(line), "\(line) is not in \(server)") }
  }

  @Test func validityBeginsAnHourAgo() throws {
    let issued = try Issued(names)
    #expect(issued.authority.certificate.notBefore == Self.now - 3600)
    #expect(issued.authority.certificate.notAfter == Self.now + 3650 * Self.day)
    #expect(issued.certificate.notBefore == Self.now - 3600)
    #expect(issued.certificate.notAfter == Self.now + 365 * Self.day)
  }

  @Test func aCertificateEndsNoLaterThanItsAuthority() throws {
    let issued = try Issued(names)
    let late = Self.now + 3600 * Self.day
    let certificate = try issued.authority.issue(for: PrivateKey(), names: names, at: late)
    #expect(certificate.notAfter == issued.authority.certificate.notAfter)
    #expect(throws: TLSError.self) {
      try issued.authority.issue(for: PrivateKey(), names: names, at: Self.now + 3651 * Self.day)
    }
  }

  @Test func validityBeyond2050IsWrittenAsTheStandardAsks() throws {
    // RFC 5280 §4.1.2.5: years from 2050 on take another form.
    let issued = try Issued(names, at: 2_500_000_000)
    #expect(issued.authority.certificate.notAfter == 2_500_000_000 + 3650 * Self.day)
  }

  @Test func serialNumbersAreRandom() throws {
    let issued = try Issued(names)
    let serials = try (0..<20).map { _ in
      let file = issued.directory.file("next.pem")
      let pem = try issued.authority.issue(for: PrivateKey(), names: names, at: Self.now).pem()
      try writeFileAtomically(file, pem, mode: 0o644)
      return try Tool("openssl", "x509", "-noout", "-serial", "-in", file).output
    }
    #expect(Set(serials).count == 20)
    #expect(serials.contains { $0.count > "serial=\n".count + 28 })
  }

  @Test func whatBelongsTogetherIsRecognised() throws {
    let (one, other) = (try Issued(names), try Issued(names))
    let key = try PrivateKey(pem: readFile(one.keyFile))
    #expect(one.certificate.fits(key))
    #expect(!other.certificate.fits(key))
    #expect(one.certificate.isIssued(by: one.authority.certificate))
    #expect(!one.certificate.isIssued(by: other.authority.certificate))
    #expect(!one.authority.certificate.isIssued(by: one.certificate))
    #expect(throws: TLSError.self) {
      try one.certificate.verifyStrictly(
        asServerTrusting: other.authority.certificate, at: Self.now)
    }
    #expect(throws: TLSError.self) {
      try CertificateAuthority(certificate: one.authority.certificate, key: key)
    }
  }

  @Test func aCertificateOutOfItsTimeIsRefused() throws {
    let issued = try Issued(names)
    for time in [Self.now - 2 * 3600, Self.now + 366 * Self.day] {
      #expect(throws: TLSError.self) {
        try issued.certificate.verifyStrictly(
          asServerTrusting: issued.authority.certificate, at: time)
      }
    }
  }

  @Test func textFormsAreReadBack() throws {
    let issued = try Issued(names)
    let certificate = try Certificate(pem: readFile(issued.certificateFile))
    #expect(try certificate.pem() == readFile(issued.certificateFile))
    #expect(certificate.names == ["localhost", "wr.example.org", "127.0.0.1", "::1"])
    let key = try readFile(issued.keyFile)
    #expect(try PrivateKey(pem: key).pem() == key)
  }

  @Test func whatIsNoKeyOrNeedsAPassphraseIsRefused() throws {
    let issued = try Issued(names)
    let pem = try readFile(issued.certificateFile)
    #expect(throws: TLSError.self) { try PrivateKey(pem: pem) }
    #expect(throws: TLSError.self) { try Certificate(pem: Array("rubbish".utf8)) }
    #expect(throws: TLSError.self) { try Certificate(pem: []) }
    let file = issued.directory.file("encrypted.pem")
    let tool = try Tool(
      "openssl", "pkcs8", "-topk8", "-in", issued.keyFile, "-out", file, "-passout", "pass:secret")
    try #require(tool.status == 0, "\(tool.output)")
    let encrypted = try readFile(file)
    #expect(throws: TLSError.self) { try PrivateKey(pem: encrypted) }
  }

  @Test func clientsAcceptItForItsNamesOnly() throws {
    let wildcard = try #require(ServerName("*.Example.org"))
    let issued = try Issued([wildcard] + names)
    func isValid(_ text: String) throws -> Bool {
      issued.certificate.isValid(for: try #require(ServerName(text)))
    }
    #expect(try isValid("LOCALHOST"))
    #expect(try isValid("any.example.org"))
    #expect(try isValid("0:0::1"))
    #expect(try !isValid("any.example.com"))
    #expect(try !isValid("127.0.0.2"))
    #expect(issued.certificate.names.first == "*.example.org")
  }

  @Test(arguments: [
    ("localhost", "localhost"), ("Node-1.Example", "node-1.example"), ("my_host", "my_host"),
    ("*.example.org", "*.example.org"), ("127.0.0.1", "127.0.0.1"), ("0:0::1", "::1"),
    ("", nil), ("a b", nil), ("a,DNS:b", nil), ("a..b", nil), (".a", nil), ("*", nil),
    ("a.*.b", nil), ("é", nil), ("[::1]", nil), (String(repeating: "a", count: 64), nil),
  ])
  func onlyNamesAndAddressesAreNames(_ text: String, _ expected: String?) {
    #expect(ServerName(text)?.text == expected)
  }
}
