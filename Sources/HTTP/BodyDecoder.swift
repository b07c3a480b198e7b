import Platform

/// Takes the bytes of one body out of its framing (RFC 9112 §6 and §7.1); for both directions.
public struct BodyDecoder: Sendable {
  /// What is expected next.
  private enum State: Sendable {
    case data(remaining: Int)
    case untilClose
    case chunkSize
    case chunkData(remaining: Int)
    /// The CRLF after a chunk's data.
    case chunkEnd
    case trailers
    case complete
  }

  /// How much chunk extensions may hold, together: they mean nothing here, and a stream that
  /// consists of them is an attack.
  static let extensionLimit = 16 * 1024
  /// A size, blanks and one extension.
  private static let sizeLineLimit = 4096

  private var state: State
  private var lines = LineScanner()
  private var section = FieldSection()
  private var extensionBytes = 0
  private var failure: HTTPError?

  public init(_ framing: BodyFraming) {
    state =
      switch framing {
      case .none: .complete
      case .length(let length): length > 0 ? .data(remaining: length) : .complete
      case .chunked: .chunkSize
      case .untilClose: .untilClose
      }
  }

  /// The whole body, trailers included, has been taken off. Never with `.untilClose`, whose end
  /// is that of the connection.
  public var isComplete: Bool { if case .complete = state { true } else { false } }

  /// Moves what is there of the body from `input` to the end of `body`, at most `limit` bytes at
  /// once. Framing after the last byte moved is taken off too, so less than `limit` bytes moved
  /// means that the body is complete or more input is needed. Trailers are checked and dropped.
  /// - Parameter limit: above 0.
  /// - Throws: `HTTPError` 400 or 431, and the same again at every later call.
  public mutating func decode(from input: inout InputBuffer, into body: inout [UInt8], limit: Int)
    throws(HTTPError)
  {
    if let failure { throw failure }
    do {
      var room = limit
      while try step(&input, &body, &room) {}
    } catch {
      failure = error
      throw error
    }
  }

  /// Advances by one element of the framing.
  /// - Returns: whether another step may be possible.
  private mutating func step(_ input: inout InputBuffer, _ body: inout [UInt8], _ room: inout Int)
    throws(HTTPError) -> Bool
  {
    switch state {
    case .complete: return false
    case .untilClose:
      _ = Self.move(min(input.count, room), &input, &body, &room)
      return false
    case .data(let remaining):
      let moved = Self.move(min(remaining, input.count, room), &input, &body, &room)
      state = moved == remaining ? .complete : .data(remaining: remaining - moved)
      return false
    case .chunkData(let remaining):
      let moved = Self.move(min(remaining, input.count, room), &input, &body, &room)
      state = moved == remaining ? .chunkEnd : .chunkData(remaining: remaining - moved)
      return moved == remaining
    case .chunkEnd: return try readChunkEnd(&input)
    case .chunkSize: return try readChunkSize(&input)
    case .trailers: return try readTrailer(&input)
    }
  }

  private static func move(
    _ count: Int, _ input: inout InputBuffer, _ body: inout [UInt8], _ room: inout Int
  ) -> Int {
    guard count > 0 else { return 0 }
    input.withUnsafeBytes { body.append(contentsOf: $0[..<count]) }
    input.consume(count)
    room -= count
    return count
  }

  private mutating func readChunkEnd(_ input: inout InputBuffer) throws(HTTPError) -> Bool {
    let isEnd = try input.withUnsafeBytes { (bytes) throws(HTTPError) -> Bool in
      for (position, expected) in [UInt8.carriageReturn, .lineFeed].enumerated() {
        guard position < bytes.count else { return false }
        guard bytes[position] == expected else {
          throw .badRequest("a chunk is longer than its size says")
        }
      }
      return true
    }
    guard isEnd else { return false }
    input.consume(2)
    state = .chunkSize
    return true
  }

  private mutating func readChunkSize(_ input: inout InputBuffer) throws(HTTPError) -> Bool {
    let size = try input.withUnsafeBytes { (bytes) throws(HTTPError) -> Int? in
      let line = try lines.next(
        in: bytes, limit: Self.sizeLineLimit,
        tooLong: .badRequest("a chunk's size line is longer than \(Self.sizeLineLimit) bytes"))
      guard let line else { return nil }
      return try chunkSize(line, in: bytes)
    }
    guard let size else { return false }
    consumeLines(&input)
    state = size > 0 ? .chunkData(remaining: size) : .trailers
    return true
  }

  /// `1*HEXDIG`, then extensions after a semicolon.
  private mutating func chunkSize(
    _ line: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(HTTPError) -> Int {
    var size: UInt64 = 0
    var position = line.lowerBound
    while position < line.upperBound, let digit = bytes[position].hexadecimalValue {
      guard position - line.lowerBound < 16 else {
        throw .badRequest("a chunk's size is too large")
      }
      size = size << 4 | UInt64(digit)
      position += 1
    }
    guard position > line.lowerBound else {
      throw .badRequest("a chunk's size is not a hexadecimal number")
    }
    guard let size = Int(exactly: size) else { throw .badRequest("a chunk's size is too large") }
    if position < line.upperBound {
      let rest = bytes[position..<line.upperBound]
      guard rest.first(where: { !$0.isBlank }) == UInt8(ascii: ";"),
        !rest.contains(where: { $0.isForbiddenControl })
      else { throw .badRequest("a chunk's size is followed by something other than an extension") }
      extensionBytes += rest.count
      guard extensionBytes <= Self.extensionLimit else {
        throw .badRequest("more than \(Self.extensionLimit) bytes of chunk extensions")
      }
    }
    return size
  }

  private mutating func readTrailer(_ input: inout InputBuffer) throws(HTTPError) -> Bool {
    let isLast = try input.withUnsafeBytes { (bytes) throws(HTTPError) -> Bool? in
      let line = try lines.next(
        in: bytes, limit: section.lineLimit, tooLong: section.lineTooLong)
      guard let line else { return nil }
      if !line.isEmpty { try section.checkTrailer(line, in: bytes) }
      return line.isEmpty
    }
    guard let isLast else { return false }
    consumeLines(&input)
    if isLast { state = .complete }
    return !isLast
  }

  private mutating func consumeLines(_ input: inout InputBuffer) {
    input.consume(lines.start)
    lines = LineScanner()
  }
}
