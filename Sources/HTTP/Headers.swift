/// The fields of a message, in order, names compared without case (RFC 9110 §5.1).
///
/// Kept as the bytes that came and where in them each name and value stands: a parsed head costs
/// two allocations however many fields it has, and text is made only of what is asked for.
public struct Headers: Sendable, Hashable {
  /// Where a field's name and value stand in `bytes`.
  struct Field: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    /// Name, colon and value.
    var line: Range<Int> { Int(nameStart)..<Int(valueEnd) }
  }

  private(set) var bytes: [UInt8] = []
  private(set) var index: [Field] = []

  public init() {}

  /// - Parameters:
  ///   - bytes: a head as it came, checked.
  ///   - index: where the fields stand in it.
  init(bytes: [UInt8], index: [Field]) {
    self.bytes = bytes
    self.index = index
  }

  /// All fields as text; makes the strings at every call.
  public var fields: [(name: String, value: String)] {
    index.map { (text($0.name), text($0.value)) }
  }

  /// The first value of the field.
  public subscript(name: String) -> String? {
    var name = name
    return name.withUTF8 { name in
      for field in index where matches(field, name) { return text(field.value) }
      return nil
    }
  }

  /// All values of the field, in order.
  public func values(of name: String) -> [String] {
    var name = name
    return name.withUTF8 { name in
      index.filter { matches($0, name) }.map { text($0.value) }
    }
  }

  /// Appends a field.
  ///
  /// A name that is no token, or a value with a control character (a line break above all, which
  /// would begin another field or message), is refused: the field is left out, so that nothing
  /// that came from outside can change the shape of a message.
  /// - Returns: whether the field was taken.
  @discardableResult
  public mutating func add(_ name: String, _ value: String) -> Bool {
    guard !name.isEmpty, name.utf8.allSatisfy({ $0.isToken }),
      !value.utf8.contains(where: { $0.isForbiddenControl })
    else { return false }
    let nameStart = bytes.count
    bytes.append(contentsOf: name.utf8)
    let nameEnd = bytes.count
    // As it stands in a message, so that a line is written as one piece.
    bytes.append(contentsOf: ": ".utf8)
    let valueStart = bytes.count
    bytes.append(contentsOf: value.utf8)
    guard bytes.count <= Int(UInt32.max) else {
      bytes.removeSubrange(nameStart...)
      return false
    }
    index.append(
      Field(
        nameStart: UInt32(nameStart), nameEnd: UInt32(nameEnd),
        valueStart: UInt32(valueStart), valueEnd: UInt32(bytes.count)))
    return true
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  private func matches(_ field: Field, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard field.name.count == name.count else { return false }
    for (own, other) in zip(bytes[field.name], name) where own.lowercased != other.lowercased {
      return false
    }
    return true
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.index.count == b.index.count
      && zip(a.index, b.index).allSatisfy { one, other in
        a.bytes[one.value] == b.bytes[other.value]
          && a.bytes[one.name].lazy.map(\.lowercased)
            .elementsEqual(b.bytes[other.name].lazy.map(\.lowercased))
      }
  }

  public func hash(into hasher: inout Hasher) {
    for field in index {
      for byte in bytes[field.name] { hasher.combine(byte.lowercased) }
      hasher.combine(bytes[field.value])
    }
  }
}
