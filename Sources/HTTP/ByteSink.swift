/// Writes bytes one after the other into memory of a known size, which must hold all of them.
///
/// Pieces of a head are short: to look after a growing array for each of them costs more than the
/// bytes themselves.
struct ByteSink: ~Copyable {
  private let memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  fileprivate init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// - Returns: where the next `length` bytes go.
  @inline(__always)
  private mutating func take(_ length: Int) -> UnsafeMutableRawBufferPointer {
    precondition(length <= memory.count - count, "more bytes than room was made for")
    defer { count += length }
    return UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + length])
  }

  @inline(__always)
  mutating func put(_ byte: UInt8) { take(1)[0] = byte }

  @inline(__always)
  mutating func put(_ text: StaticString) {
    put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func put(_ bytes: UnsafeRawBufferPointer) { take(bytes.count).copyMemory(from: bytes) }

  /// Writes a number in decimal digits.
  /// - Parameter number: not below 0.
  mutating func put(_ number: Int) {
    if number >= 10 { put(number / 10) }
    put(0x30 + UInt8(number % 10))
  }

  /// - Parameter number: 0…99.
  @inline(__always)
  mutating func putTwoDigits(_ number: Int) {
    let digits = 0x3030 + UInt16(number / 10) + UInt16(number % 10) << 8
    take(2).storeBytes(of: digits.littleEndian, as: UInt16.self)
  }
}

extension [UInt8] {
  /// - Parameter room: no less than what `write` writes.
  init(room: Int, _ write: (inout ByteSink) -> Void) {
    self.init()
    append(addingCapacity: room) { (span: inout OutputSpan<UInt8>) in
      span.withUnsafeMutableBufferPointer { memory, count in
        var sink = ByteSink(UnsafeMutableRawBufferPointer(memory))
        write(&sink)
        count = sink.count
      }
    }
  }
}
