import Glibc
import Platform
import Support
import Testing

@testable import HTTP

/// A certificate authority and a server certificate for localhost and 127.0.0.1, by openssl(1).
final class TestCertificates: Sendable {
  let directory = TemporaryDirectory()
  var authority: String { directory.file("ca.pem") }
  var certificate: String { directory.file("cert.pem") }
  var key: String { directory.file("key.pem") }

  init() throws {
    let script = """
      exec >/dev/null 2>&1; set -e; cd \(directory.path)
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key \
        -out ca.pem -subj '/CN=test ca' -days 2
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out req.pem \
        -subj '/CN=test server'
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\n' > ext
      openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
        -extfile ext -out cert.pem
      """
    let process = try spawn(
      SpawnPlan(path: "/bin/sh", arguments: ["sh", "-c", script], environment: ownEnvironment()),
      standard: (0, 1, 2))
    var poll = pollfd(fd: process.handle.number, events: Int16(POLLIN), revents: 0)
    #expect(Glibc.poll(&poll, 1, 60_000) == 1)
    try #require(try reap(process.pid)?.exitCode == 0)
  }
}

/// An actor on the reactor that owns one session, as the product's connections do.
private actor Peer {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
  let session: TLSSession
  private let socket: Int32

  init(server socket: consuming Descriptor, _ context: TLSContext, _ reactor: Reactor) throws {
    self.reactor = reactor
    self.socket = socket.number
    session = try TLSSession(server: socket, context: context, reactor: reactor)
  }

  init(
    client socket: consuming Descriptor, _ context: TLSContext, name: String, _ reactor: Reactor
  ) throws {
    self.reactor = reactor
    self.socket = socket.number
    session = try TLSSession(
      client: socket, context: context, serverName: name, reactor: reactor)
  }

  func handshake() async throws(TLSError) {
    try await session.handshake(until: .now + .seconds(20))
  }

  func write(_ bytes: [UInt8]) async throws(TLSError) {
    try await session.write(bytes, until: .now + .seconds(20))
  }

  /// Reads until there are `count` bytes or the stream ends.
  func read(_ count: Int, within limit: Duration = .seconds(20)) async throws(TLSError) -> [UInt8] {
    while session.input.count < count {
      if try await session.fill(until: .now + limit) == 0 { break }
    }
    let bytes = session.input.withUnsafeBytes { Array($0.prefix(count)) }
    session.input.consume(bytes.count)
    return bytes
  }

  func send(_ bytes: [UInt8]) throws(TLSError) -> Int { try session.send(bytes) }

  func close() { session.close() }

  /// Closes with a reset, as when the process is killed with something unread.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    session.close()
  }
}

@Suite(.timeLimit(.minutes(1))) struct TLSSessionTests {
  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  /// Runs `body` on a reactor with a connected pair whose handshake is still to come.
  private func withPair(
    name: String = "localhost", authority: String? = nil,
    _ body: sending @escaping (Peer, Peer) async throws -> Void
  ) throws {
    let files = certificates
    let authority = authority ?? files.authority
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      let socket = try await reactor.connect(host: "127.0.0.1", port: listener.port, until: nil)
      guard let accepted = try await listener.accept() else { throw TLSError.closed }
      let server = try Peer(
        server: accepted, TLSContext(certificateFile: files.certificate, keyFile: files.key),
        reactor)
      let client = try Peer(
        client: socket, TLSContext(authorityFile: authority), name: name, reactor)
      try await body(server, client)
      await server.close()
      await client.close()
      listener.close()
    }
  }

  private static func shake(_ server: Peer, _ client: Peer) async throws {
    async let accepted: Void = server.handshake()
    try await client.handshake()
    try await accepted
  }

  @Test(arguments: ["localhost", "127.0.0.1"])
  func bytesPassBothWaysOnceTheNameIsRight(name: String) throws {
    try withPair(name: name) { server, client in
      try await Self.shake(server, client)
      try await client.write(Array("ping".utf8))
      #expect(try await server.read(4) == Array("ping".utf8))
      try await server.write(Array("pong".utf8))
      #expect(try await client.read(4) == Array("pong".utf8))
    }
  }

  @Test func largeWritesBothWaysAtOnceDoNotBlockEachOther() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      let bytes = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      async let up: Void = client.write(bytes)
      async let down: Void = server.write(bytes)
      async let atServer = server.read(bytes.count)
      let atClient = try await client.read(bytes.count)
      let received = try await atServer
      #expect(received == bytes)
      #expect(atClient == bytes)
      try await up
      try await down
    }
  }

  /// However records fall into what is read at once: a reader that waited with something left would
  /// wait for ever, as the sender waits for it.
  @Test(.timeLimit(.minutes(1))) func aMessageOfAnySizeIsReadToItsEnd() throws {
    var random = SeededGenerator()
    try withPair { server, client in
      try await Self.shake(server, client)
      for round in 0..<400 {
        let message = [UInt8](
          repeating: UInt8(truncatingIfNeeded: round),
          count: .random(in: 1...60_000, using: &random))
        async let received = server.read(message.count)
        try await client.write(message)
        #expect(try await received == message, "seed \(random.seed)")
        try await server.write([1])
        #expect(try await client.read(1) == [1])
      }
    }
  }

  @Test(arguments: ["example.org", "127.0.0.2"])
  func aCertificateForAnotherNameIsRefused(name: String) throws {
    try withPair(name: name) { server, client in
      async let accepted: Void = server.handshake()
      let error = await #expect(throws: TLSError.self) { try await client.handshake() }
      #expect(error == .failed("TLS handshake: certificate verify failed"))
      await client.close()
      let received = try? await server.read(1)
      #expect(received ?? [] == [], "not a byte of a client that does not trust us")
      _ = try? await accepted
    }
  }

  @Test func aCertificateOfAnotherAuthorityIsRefused() throws {
    let other = try TestCertificates()
    try withPair(authority: other.authority) { server, client in
      async let accepted: Void = server.handshake()
      await #expect(throws: TLSError.self) { try await client.handshake() }
      await client.close()
      _ = try? await accepted
    }
  }

  @Test func aPeerThatSaysGoodbyeEndsTheStreamAndOneThatVanishesClosesIt() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      try await client.write([1])
      await client.close()
      #expect(try await server.read(2) == [1])
      await #expect(throws: TLSError.closed) { try await client.write([1]) }
    }
  }

  @Test func sendingTakesAtMostARecordAndNothingOfNothing() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      #expect(try await server.send([]) == 0)
      let sent = try await server.send([UInt8](repeating: 7, count: 20_000))
      #expect(sent == 16_384)
      #expect(try await client.read(sent) == [UInt8](repeating: 7, count: sent))
    }
  }

  @Test func nothingCanBeSentOnceTheSessionIsClosed() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      await server.close()
      for bytes in [[], [1]] as [[UInt8]] {
        await #expect(throws: TLSError.closed) { _ = try await server.send(bytes) }
      }
    }
  }

  @Test func nothingCanBeSentToAPeerThatResetTheConnection() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      await client.reset()
      // The kernel may take a moment to tell.
      await #expect(throws: TLSError.closed) {
        while !Task.isCancelled { _ = try await server.send([1]) }
      }
      await #expect(throws: TLSError.self) { _ = try await server.send([1]) }
    }
  }

  @Test func nothingUntilTheDeadlineIsATimeout() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      await #expect(throws: TLSError.timeout) {
        _ = try await server.read(1, within: .milliseconds(20))
      }
    }
  }

  @Test func closingWakesAReader() throws {
    try withPair { server, client in
      try await Self.shake(server, client)
      async let reading = server.read(1)
      _ = await server.reactor.sleep(until: .now + .milliseconds(10))
      await server.close()
      do {
        _ = try await reading
        Issue.record("the read went on")
      } catch {
        #expect(error as? TLSError == .closed)
      }
    }
  }

  @Test func plainTextIsClosedWithoutAnAnswer() throws {
    let files = certificates
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      let socket = try await reactor.connect(host: "127.0.0.1", port: listener.port, until: nil)
      guard let accepted = try await listener.accept() else { throw TLSError.closed }
      let server = try Peer(
        server: accepted, TLSContext(certificateFile: files.certificate, keyFile: files.key),
        reactor)
      try writeAll(Array("GET / HTTP/1.1\r\n\r\n".utf8), to: socket.number, path: "socket")
      await #expect(throws: TLSError.self) { try await server.handshake() }
      await server.close()
      try reactor.register(socket.number)
      var byte: UInt8 = 0
      while true {
        let count = recv(socket.number, &byte, 1, 0)
        if count < 0, errno == EAGAIN {
          _ = await reactor.wait(for: .reading, on: socket.number, until: .now + .seconds(10))
          continue
        }
        // The end of the stream, or a reset because we did not read what was sent.
        #expect(count <= 0)
        break
      }
      reactor.unregister(socket.number)
      listener.close()
    }
  }

  @Test(arguments: [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
  func onlyModernVersionsAreSpoken(version: String, isSpoken: Bool) throws {
    let files = certificates
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      let null = try openFile("/dev/null", O_RDWR)
      let client = try spawn(
        SpawnPlan(
          path: "/usr/bin/openssl",
          arguments: [
            "openssl", "s_client", version, "-cipher", "DEFAULT@SECLEVEL=0", "-connect",
            "127.0.0.1:\(listener.port)",
          ], environment: ownEnvironment()),
        standard: (null.number, null.number, null.number))
      guard let accepted = try await listener.accept() else { throw TLSError.closed }
      let server = try Peer(
        server: accepted, TLSContext(certificateFile: files.certificate, keyFile: files.key),
        reactor)
      if isSpoken {
        try await server.handshake()
      } else {
        await #expect(throws: TLSError.self) { try await server.handshake() }
      }
      await server.close()
      try reactor.register(client.handle.number)
      _ = await reactor.wait(for: .reading, on: client.handle.number, until: .now + .seconds(10))
      reactor.unregister(client.handle.number)
      _ = try reap(client.pid)
      listener.close()
    }
  }

  @Test func filesThatDoNotFitAreNamed() throws {
    let files = certificates
    let error = #expect(throws: TLSError.self) {
      _ = try TLSContext(
        certificateFile: files.certificate, keyFile: files.directory.file("ca.key"))
    }
    guard case .failed(let words)? = error else { return #expect(Bool(false)) }
    #expect(words.contains("ca.key"))
  }
}
