import Platform
import Support

@testable import HTTP

/// Reads a byte stream as a server does: head, body, head, body…
struct StreamReader {
  enum Event: Equatable {
    case request(Request)
    case body([UInt8])
    case failure(HTTPError)
  }

  private(set) var events: [Event] = []
  private var input = InputBuffer()
  private var parser = RequestParser()
  private var body: (decoder: BodyDecoder, bytes: [UInt8])?
  private let bodyLimit: Int

  /// - Parameter bodyLimit: how much of a body is decoded at once.
  init(bodyLimit: Int = 64 * 1024) { self.bodyLimit = bodyLimit }

  mutating func feed(_ bytes: some Sequence<UInt8>) {
    if case .failure = events.last { return }
    input.append(Array(bytes))
    do throws(HTTPError) {
      while try advance() {}
    } catch {
      events.append(.failure(error))
    }
  }

  private mutating func advance() throws(HTTPError) -> Bool {
    if var current = body {
      let before = current.bytes.count
      try current.decoder.decode(from: &input, into: &current.bytes, limit: bodyLimit)
      let isOver = current.decoder.isComplete
      if isOver { events.append(.body(current.bytes)) }
      body = isOver ? nil : current
      return isOver || current.bytes.count - before >= bodyLimit
    }
    guard let request = try parser.next(from: &input) else { return false }
    events.append(.request(request))
    body = (BodyDecoder(request.framing), [])
    return true
  }

  /// What comes of a stream that is fed in pieces.
  static func read(_ pieces: [ArraySlice<UInt8>], bodyLimit: Int = 64 * 1024) -> StreamReader {
    var reader = StreamReader(bodyLimit: bodyLimit)
    for piece in pieces { reader.feed(piece) }
    return reader
  }
}

/// Ways to cut one stream into pieces: whole, byte by byte, and at random places.
func feedings(of bytes: [UInt8], random: inout SeededGenerator) -> [[ArraySlice<UInt8>]] {
  var feedings = [[bytes[...]], bytes.indices.map { bytes[$0...$0] }]
  for _ in 0..<3 where bytes.count > 1 {
    var cuts = [0, bytes.count]
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      cuts.append(Int.random(in: 0..<bytes.count, using: &random))
    }
    cuts.sort()
    feedings.append(zip(cuts, cuts.dropFirst()).map { bytes[$0..<$1] })
  }
  return feedings
}
