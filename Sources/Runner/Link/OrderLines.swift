import Jobs

/// Takes the orders out of the stream's pieces, which end anywhere.
struct OrderLines: Sendable {
  private var rest: [UInt8] = []

  /// No order is longer: what is, is no order.
  static let limit = 64 << 20

  /// Takes the next piece of the stream.
  /// - Returns: the orders whose lines it completes.
  /// - Throws: `JSONError` for a line that is no order.
  mutating func append(_ piece: [UInt8]) throws(JSONError) -> [HostOrder] {
    var orders: [HostOrder] = []
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      rest += piece[start..<end]
      start = end + 1
      defer { rest = [] }
      if !rest.isEmpty { orders.append(try HostOrder(decoding: rest)) }
    }
    rest += piece[start...]
    guard rest.count <= Self.limit else {
      throw JSONError(message: "an order is longer than 64 MB", offset: rest.count)
    }
    return orders
  }
}
