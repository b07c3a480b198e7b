/// Received bytes that were not consumed yet.
public struct InputBuffer: Sendable {
  private var bytes: [UInt8] = []
  private var start = 0

  public init() {}

  public var count: Int { bytes.count - start }

  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R)
    throws(E)
    -> R
  {
    try bytes.withUnsafeBufferPointer { (all) throws(E) -> R in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[start...])))
    }
  }

  public mutating func append(_ new: some Sequence<UInt8>) { bytes.append(contentsOf: new) }

  /// Drops `count` bytes from the front.
  public mutating func consume(_ count: Int) {
    precondition(count <= self.count, "consumed more than was received")
    start += count
    if start == bytes.count {
      // An idle connection shall not keep what a large body once needed.
      bytes.removeAll(keepingCapacity: bytes.capacity <= 16_384)
      start = 0
    } else if start > 65_536, start > bytes.count / 2 {
      bytes.removeFirst(start)
      start = 0
    }
  }
}
