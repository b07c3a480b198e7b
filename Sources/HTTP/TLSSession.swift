import COpenSSL
import Glibc
import Platform

/// One TLS connection over a non-blocking socket, owned by one actor on the reactor.
///
/// One reader and one writer may be suspended in it at the same time (two methods of that actor).
public final class TLSSession {
  /// What was received and not consumed.
  public var input = InputBuffer()

  private let ssl: OpaquePointer
  private let socket: Int32
  private let reactor: Reactor
  private let isServer: Bool
  private var isClosed = false
  /// OpenSSL must not be asked to say goodbye after an error of its own (SSL_shutdown(3)).
  private var isBroken = false
  private var isWriting = false
  /// The last read took all there was, so that the next one waits before it tries.
  private var isDrained = false
  /// The last read did not take all that was there, and nothing was waited for since.
  private var mayHoldUp = false

  /// How many bytes are read or written before others get their turn.
  private static let turn = 262_144
  private static let readLimit = 65_536

  /// Takes over a connected socket; registers it with the reactor.
  public convenience init(
    server socket: consuming Descriptor, context: TLSContext, reactor: Reactor
  ) throws(TLSError) {
    try self.init(socket, context, reactor, isServer: true)
    SSL_set_accept_state(ssl)
  }

  /// - Parameter serverName: what the certificate must be for (a DNS name or an IP address).
  public convenience init(
    client socket: consuming Descriptor, context: TLSContext, serverName: String, reactor: Reactor
  ) throws(TLSError) {
    try self.init(socket, context, reactor, isServer: false)
    SSL_set_connect_state(ssl)
    var binary = in6_addr()
    let isAddress =
      inet_pton(AF_INET, serverName, &binary) == 1 || inet_pton(AF_INET6, serverName, &binary) == 1
    if isAddress {
      // Server names in the handshake are DNS names only (RFC 6066 §3).
      guard X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), serverName) == 1 else {
        throw .openSSL("expect the address \(serverName)")
      }
    } else {
      guard copenssl_set_server_name(ssl, serverName) == 1, SSL_set1_host(ssl, serverName) == 1
      else { throw .openSSL("expect the name \(serverName)") }
    }
  }

  private init(
    _ socket: consuming Descriptor, _ context: TLSContext, _ reactor: Reactor, isServer: Bool
  ) throws(TLSError) {
    guard let ssl = SSL_new(context.raw) else { throw .openSSL("make a TLS session") }
    do throws(SystemError) {
      try reactor.register(socket.number)
    } catch {
      SSL_free(ssl)
      throw .failed(error.description)
    }
    self.ssl = ssl
    self.reactor = reactor
    self.isServer = isServer
    self.socket = socket.release()
    SSL_set_fd(ssl, self.socket)
  }

  deinit {
    if !isClosed { release() }
    SSL_free(ssl)
  }

  // MARK: Exchange

  /// Agrees on keys with the peer. A client that does not speak TLS at all is not answered.
  public func handshake(until deadline: Instant?) async throws(TLSError) {
    if isServer { try await refusePlainText(until: deadline) }
    while true {
      try checkOpen()
      clearErrors()
      let result = SSL_do_handshake(ssl)
      if result == 1 { return }
      try await wait(after: result, "TLS handshake", until: deadline)
    }
  }

  /// Reads what there is, at most 64 kB, to the end of `input`.
  /// - Returns: the number of bytes; 0 when the peer has ended the stream.
  public func fill(until deadline: Instant?) async throws(TLSError) -> Int {
    // A peer that sends faster than it is served would keep the reactor from everybody else.
    if mayHoldUp { await reactor.yield() }
    while true {
      try checkOpen()
      if isDrained {
        isDrained = false
        try await wait(for: .reading, until: deadline)
        try checkOpen()
      }
      let count = readAvailable()
      mayHoldUp = !isDrained
      if count > 0 { return Int(count) }
      if SSL_get_error(ssl, count) == SSL_ERROR_ZERO_RETURN { return 0 }
      try await wait(after: count, "read", until: deadline)
    }
  }

  /// Sends what of `bytes` can be sent without waiting, at most one record (16 kB).
  /// - Returns: how many bytes; `write` sends the rest.
  public func send(_ bytes: [UInt8]) throws(TLSError) -> Int {
    precondition(!isWriting, "two writers on a session")
    try checkOpen()
    if bytes.isEmpty { return 0 }
    let count = writeAvailable(bytes, from: 0)
    if count > 0 { return Int(count) }
    _ = try interest(after: count, "write")
    return 0
  }

  /// Sends all of `bytes` that follows `start`.
  public func write(
    _ bytes: [UInt8], from start: Int = 0, until deadline: Instant?
  ) async throws(TLSError) {
    precondition(!isWriting, "two writers on a session")
    isWriting = true
    defer { isWriting = false }
    var start = start
    var turnEnd = start + Self.turn
    while start < bytes.count {
      try checkOpen()
      let count = writeAvailable(bytes, from: start)
      if count <= 0 {
        try await wait(after: count, "write", until: deadline)
        continue
      }
      start += Int(count)
      if start >= turnEnd, start < bytes.count {
        await reactor.yield()
        turnEnd = start + Self.turn
      }
    }
  }

  /// Says that nothing more will be sent, if that is possible at once. What the peer sends can be
  /// read further on.
  public func endWriting() {
    if isClosed || isBroken || SSL_in_init(ssl) != 0 { return }
    clearErrors()
    if SSL_shutdown(ssl) >= 0 { shutdown(socket, Int32(SHUT_WR)) }
    clearErrors()
  }

  /// Says goodbye if that is possible at once, and closes; waiters get `.closed`. Idempotent.
  public func close() {
    if isClosed { return }
    if !isBroken, SSL_in_init(ssl) == 0 {
      clearErrors()
      _ = SSL_shutdown(ssl)
      clearErrors()
    }
    release()
  }

  // MARK: Parts

  /// Gives the socket back. The SSL object goes with the session.
  private func release() {
    isClosed = true
    // A session may go after its reactor has ended, which then holds no registration any more.
    if reactor.isCurrent { reactor.unregister(socket) }
    Glibc.close(socket)
  }

  private func checkOpen() throws(TLSError) {
    if isClosed { throw .closed }
  }

  /// A TLS record of a handshake begins with 22 (RFC 8446 §5.1). Anything else is no TLS, and
  /// OpenSSL would send an alert: http on the port is to get no answer at all (decision 9).
  private func refusePlainText(until deadline: Instant?) async throws(TLSError) {
    while true {
      try checkOpen()
      var first: UInt8 = 0
      let count = recv(socket, &first, 1, Int32(MSG_PEEK))
      if count == 1, first == 22 { return }
      if count > 0 {
        isBroken = true
        throw .failed("the client does not speak TLS")
      }
      if count == 0 { throw .closed }
      if errno == EINTR { continue }
      guard errno == EAGAIN else { throw .closed }
      try await wait(for: .reading, until: deadline)
    }
  }

  /// Reads records until there is no more without waiting.
  private func readAvailable() -> Int32 {
    var total: Int32 = 0
    let wasEmpty = SSL_has_pending(ssl) == 0
    let before = BIO_number_read(SSL_get_rbio(ssl))
    return reactor.withScratch { buffer in
      while true {
        clearErrors()
        let count = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
        if count <= 0 { return total > 0 ? total : count }
        input.append(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
        total += count
        if SSL_has_pending(ssl) == 0 {
          // OpenSSL asks for as much as its buffer of more than 16 kB has room for, so that it got
          // less than it asked for; but a part of a record that was in it already takes room.
          isDrained = wasEmpty && BIO_number_read(SSL_get_rbio(ssl)) - before < 8192
          return total
        }
        if total >= Self.readLimit { return total }
      }
    }
  }

  /// - Returns: how many bytes were sent, or what SSL_write(3) says of a failure.
  private func writeAvailable(_ bytes: [UInt8], from start: Int) -> Int32 {
    clearErrors()
    return bytes.withUnsafeBytes { all in
      let rest = all[start...]
      return SSL_write(
        ssl, UnsafeRawBufferPointer(rebasing: rest).baseAddress, Int32(min(rest.count, Self.turn)))
    }
  }

  /// SSL_get_error(3) must find no failure of before, from whatever of OpenSSL this thread did.
  private func clearErrors() {
    // Looking is cheaper than clearing, and there is hardly ever anything.
    if ERR_peek_error() != 0 { ERR_clear_error() }
  }

  /// Waits for what OpenSSL wants, or throws what it says is wrong.
  private func wait(after result: Int32, _ operation: String, until deadline: Instant?)
    async throws(TLSError)
  {
    try await wait(for: try interest(after: result, operation), until: deadline)
  }

  /// What OpenSSL wants to wait for.
  /// - Throws: what it says is wrong; nothing can be read or written then any more.
  private func interest(after result: Int32, _ operation: String) throws(TLSError) -> Interest {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: return .reading
    case SSL_ERROR_WANT_WRITE:
      if isWriting, operation == "read" {
        // A peer that makes reading depend on writing while it does not read itself.
        throw .failed("the peer does not take what it asks for")
      }
      return .writing
    case SSL_ERROR_SYSCALL:
      isBroken = true
      clearErrors()
      throw .closed
    default:
      isBroken = true
      throw .openSSL(operation)
    }
  }

  private func wait(for interest: Interest, until deadline: Instant?) async throws(TLSError) {
    switch await reactor.wait(for: interest, on: socket, until: deadline) {
    case .ready: return
    case .timeout: throw .timeout
    case .closed: throw .closed
    }
  }
}
