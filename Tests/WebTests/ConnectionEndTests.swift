import HTTP
import Platform
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct ConnectionEndTests {
  private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

  @Test func idleConnectionsEndAtOnce() throws {
    let respond: Responder = { _ in .ready(Response(status: 204)) }
    try withServer(respond: respond) { server in
      let fresh = try await server.connect()
      let used = try await server.connect()
      #expect(try await used.ask(Self.get).status == 204)
      await server.finish()
      #expect(try await used.isClosed())
      #expect(try await fresh.isClosed())
    }
  }

  @Test func aRequestUnderWayIsAnsweredFirst() throws {
    let (gate, opening) = AsyncStream.makeStream(of: Void.self)
    let respond: Responder = { _ in
      .later { _ in
        for await _ in gate {}
        return Response(status: 200, body: .bytes(Array("done".utf8)))
      }
    }
    try withServer(respond: respond) { server in
      let client = try await server.connect()
      try await client.send(Self.get)
      while await server.connections.first?.isIdle != false { await server.reactor.yield() }
      await server.finish()
      opening.finish()
      let answer = try await client.answer()
      #expect(answer.body == "done")
      #expect(answer.headers["Connection"] == "close")
      #expect(try await client.isClosed())
    }
  }

  @Test func anAnswerUnderWayIsCompleted() throws {
    let (gate, opening) = AsyncStream.makeStream(of: Void.self)
    let respond: Responder = { _ in
      var isOver = false
      return .ready(
        Response(
          status: 200,
          body: .pieces(first: Array("first".utf8)) { () async throws(ErrorResponse) in
            if isOver { return nil }
            isOver = true
            for await _ in gate {}
            return Array(",last".utf8)
          }))
    }
    try withServer(respond: respond) { server in
      let client = try await server.connect()
      try await client.send(Self.get)
      #expect(try await client.receive().hasSuffix("5\r\nfirst\r\n"))
      await server.finish()
      opening.finish()
      #expect(try await client.receiveAll() == "5\r\n,last\r\n0\r\n\r\n")
    }
  }

  @Test func abortCutsOffWhatIsUnderWay() throws {
    let respond: Responder = { _ in
      .later { body throws(ErrorResponse) in
        _ = try await body.whole(limit: 100)
        return Response(status: 200)
      }
    }
    try withServer(respond: respond) { server in
      let client = try await server.connect()
      try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
      while await server.connections.first?.isIdle != false { await server.reactor.yield() }
      await server.stop()
      #expect(try await client.isClosed())
    }
  }
}
