import Glibc
import Support
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
  @Test func connectionsOfThisMachineArriveAndCarryBytes() throws {
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      let client = try await reactor.connect(
        host: "localhost", port: listener.port, until: .now + .seconds(10))
      guard let server = try await listener.accept() else { throw NoConnection() }
      try writeAll([42], to: client.number, path: "socket")
      try reactor.register(server.number)
      #expect(
        await reactor.wait(for: .reading, on: server.number, until: .now + .seconds(10)) == .ready
      )
      var byte: UInt8 = 0
      #expect(read(server.number, &byte, 1) == 1)
      #expect(byte == 42)
      reactor.unregister(server.number)
    }
  }

  @Test func aPortInUseIsRefusedWithItsNumber() throws {
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let first = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
      let error = #expect(throws: SystemError.self) {
        _ = try Listener(address: "127.0.0.1", port: first.port, reactor: reactor)
      }
      #expect(error?.code == EADDRINUSE)
      #expect(error?.operation == "listen on 127.0.0.1 port \(first.port)")
      first.close()
    }
  }

  @Test func nobodyListeningIsAnErrorAtOnce() throws {
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let port: UInt16
      do {
        let listener = try Listener(address: "127.0.0.1", port: 0, reactor: reactor)
        port = listener.port
        listener.close()
      }
      await #expect(throws: ConnectError.self) {
        _ = try await reactor.connect(host: "127.0.0.1", port: port, until: .now + .seconds(10))
      }
    }
  }

  @Test func namesThatMeanNothingAreSaidSo() throws {
    let reactor = try Reactor()
    reactor.runUntilDone {
      let error = await #expect(throws: ConnectError.self) {
        _ = try await reactor.connect(host: "no.such.host.invalid", port: 1, until: nil)
      }
      guard case .unknownHost("no.such.host.invalid", _)? = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
    }
  }

  @Test func closingAListenerEndsTheAccept() throws {
    let reactor = try Reactor()
    try reactor.runUntilDone {
      let listener = try Listener(address: "::1", port: 0, reactor: reactor)
      let client = try await reactor.connect(host: "::1", port: listener.port, until: nil)
      let first = try await listener.accept() != nil
      #expect(first)
      listener.close()
      let second = try await listener.accept() == nil
      #expect(second)
      _ = client.number
    }
  }
}

private struct NoConnection: Error {}
