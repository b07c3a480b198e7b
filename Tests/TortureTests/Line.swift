import HTTP
import Platform

/// A client's way to the manager, which may be lost at any time.
final class Line {
  enum Reply {
    case answer(Int, [UInt8])
    /// The request may have been obeyed, or not.
    case lost
  }

  private let house: House
  private let reactor: Reactor
  private var client: Client?

  /// How long to wait for an answer.
  private static let patience = Duration.seconds(60)

  init(to house: House, on reactor: Reactor) {
    self.house = house
    self.reactor = reactor
  }

  func ask(_ method: String, _ target: String, _ body: [UInt8] = []) async -> Reply {
    await reply { client in
      try await client.send(method, target, body: body, until: .now + Self.patience)
    }
  }

  /// Posts lines, each on its own.
  func post(_ lines: [[UInt8]], _ target: String) async -> Reply {
    var headers = Headers()
    headers.add("Content-Type", "application/x-ndjson")
    let (pieces, fields) = (Pieces(lines), headers)
    return await reply { client in
      try await client.upload("POST", target, headers: fields, idle: Self.patience) {
        await pieces.next()
      }
    }
  }

  private func reply(_ ask: (Client) async throws -> Client.Answer) async -> Reply {
    do {
      let client = try client ?? house.client(on: reactor)
      self.client = client
      let answer = try await ask(client)
      return .answer(answer.status, answer.body)
    } catch {
      await close()
      return .lost
    }
  }

  func close() async {
    await client?.close()
    client = nil
  }
}

/// The pieces of a body, one after the other.
private actor Pieces {
  private var rest: ArraySlice<[UInt8]>

  init(_ pieces: [[UInt8]]) { rest = pieces[...] }

  func next() -> [UInt8]? { rest.popFirst() }
}
