import Glibc
import Platform
import Testing

extension Reactor {
  /// Waits until the peer closes a socket that is not registered.
  /// - Returns: what came before that.
  @discardableResult
  func expectClose(of socket: borrowing Descriptor) async throws -> [UInt8] {
    try register(socket.number)
    defer { unregister(socket.number) }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(socket.number, &buffer, buffer.count)
      if count > 0 {
        received += buffer[..<count]
      } else if count < 0, errno == EAGAIN {
        let result = await wait(
          for: .reading, on: socket.number, until: .now + TestClient.patience)
        try #require(result == .ready, "the connection was not closed")
      } else {
        return received
      }
    }
  }
}
