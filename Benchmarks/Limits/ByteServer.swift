import HTTP
import Platform

/// The least that sending bytes over TLS can cost: `GET /N` is answered with N bytes that are there
/// already. On a reactor, and so a thread, of its own.
actor ByteServer {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  nonisolated let port: UInt16
  private let listener: Listener
  private let context: TLSContext
  private let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)

  init(on reactor: Reactor, certificatesIn files: String) throws {
    self.reactor = reactor
    listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
    port = listener.port
    context = try TLSContext(
      certificateFile: "\(files)/cert.pem", keyFile: "\(files)/key.pem")
  }

  /// Serves until the reactor stops.
  func run() async {
    await withDiscardingTaskGroup { group in
      while let socket = try? await listener.accept() {
        guard
          let session = try? TLSSession(server: socket, context: context, reactor: reactor)
        else { continue }
        let served = ServedSession(session: session)
        group.addTask { await self.serve(served) }
      }
    }
  }

  /// Owned by this actor alone.
  private struct ServedSession: @unchecked Sendable {
    let session: TLSSession
  }

  private func serve(_ served: ServedSession) async {
    let session = served.session
    defer { session.close() }
    do {
      try await session.handshake(until: nil)
      var parser = RequestParser()
      while true {
        if let request = try parser.next(from: &session.input) {
          try await answer(Int(request.rawTarget.dropFirst()) ?? 0, over: session)
        } else if try await session.fill(until: nil) == 0 {
          return
        }
      }
    } catch {
      // The client has gone.
    }
  }

  private func answer(_ count: Int, over session: TLSSession) async throws {
    var head = MessageWriter.responseHead(
      status: 200, headers: Headers(), framing: .length(count), keepsAlive: true, minorVersion: 1)
    head += piece.prefix(count)
    try await session.write(head, until: nil)
    var left = count - piece.count
    while left > 0 {
      try await session.write(left < piece.count ? Array(piece.prefix(left)) : piece, until: nil)
      left -= piece.count
    }
  }
}
