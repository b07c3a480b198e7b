import Platform

/// Why bytes can no longer be exchanged with a peer.
public enum TLSError: Error, Hashable, Sendable {
  /// The peer has gone, or we shut the session down.
  case closed
  /// Nothing came, or nothing could be sent, until the deadline.
  case timeout
  /// TLS or the socket failed; what OpenSSL or the system says of it.
  case failed(String)
}

/// Certificates, keys and protocol versions of one side. Immutable; shared by all sessions.
public final class TLSContext: @unchecked Sendable {
  /// A server's side: TLS 1.2 and 1.3 only.
  /// - Throws: `TLSError.failed` if a file cannot be read or does not fit the other.
  public init(certificateFile: String, keyFile: String) throws(TLSError) {}
  /// A client's side that trusts only `authorityFile` and checks the server's name.
  public init(authorityFile: String) throws(TLSError) {}
}

/// Received bytes that were not consumed yet.
public struct InputBuffer: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var start = 0
  public init() {}
  public var count: Int { bytes.count - start }
  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E)
    -> R
  {
    try bytes.withUnsafeBufferPointer { (all) throws(E) -> R in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(all)[start...]))
    }
  }
  public mutating func append(_ new: some Sequence<UInt8>) { bytes.append(contentsOf: new) }
  /// Drops `count` bytes from the front.
  public mutating func consume(_ count: Int) {
    start += count
    if start == bytes.count { bytes.removeAll(keepingCapacity: true); start = 0 }
  }
}

/// One TLS connection over a non-blocking socket, owned by one actor on the reactor.
///
/// One reader and one writer may be suspended in it at the same time (two methods of that actor).
public final class TLSSession {
  /// What was received and not consumed.
  public var input = InputBuffer()

  /// Takes over a connected socket; registers it with the reactor.
  public init(server socket: consuming Descriptor, context: TLSContext, reactor: Reactor)
    throws(TLSError)
  {}
  /// - Parameter serverName: what the certificate must be for (a DNS name or an IP address).
  public init(
    client socket: consuming Descriptor, context: TLSContext, serverName: String, reactor: Reactor
  ) throws(TLSError) {}

  public func handshake(until deadline: Instant?) async throws(TLSError) {}
  /// Reads what there is, at most 64 kB, to the end of `input`.
  /// - Returns: the number of bytes; 0 when the peer has ended the stream.
  public func fill(until deadline: Instant?) async throws(TLSError) -> Int { 0 }
  /// Sends all of `bytes`.
  public func write(_ bytes: [UInt8], until deadline: Instant?) async throws(TLSError) {}
  /// Says goodbye if that is possible at once, and closes; waiters get `.closed`. Idempotent.
  public func close() {}
}
