import HTTP

/// An engine's answer as its bytes come in.
struct EngineAnswer {
  private let method: String
  private var input = InputBuffer()
  private var parser = ResponseParser()
  private var decoder = BodyDecoder(.none)
  private var head: ResponseHead?
  private(set) var body: [UInt8] = []

  /// No list of containers is longer.
  static let limit = 16 << 20

  /// - Parameter method: of the request.
  init(to method: String) { self.method = method }

  var status: Int { head?.status ?? 0 }

  /// Takes what was read; nothing stands for the end of the connection.
  ///
  /// - Returns: whether the answer is complete.
  /// - Throws: if it is not HTTP, or too long.
  mutating func take(_ bytes: [UInt8]) throws(HTTPError) -> Bool {
    input.append(bytes)
    if head == nil {
      head = try parser.next(from: &input, answering: method)
      if let head { decoder = BodyDecoder(head.framing) }
    }
    guard let head else { return false }
    try decoder.decode(from: &input, into: &body, limit: Self.limit)
    guard body.count < Self.limit else {
      throw HTTPError(status: 502, message: "the answer is too long")
    }
    return decoder.isComplete || bytes.isEmpty && head.framing == .untilClose
  }
}
