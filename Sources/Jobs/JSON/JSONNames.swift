/// The member names a reader of one kind of object knows, found in one step.
///
/// Make one per kind, as a `static let`; `JSONReader.nextMember(of:)` takes it.
public struct JSONNames<Property>: Sendable
where
  Property: RawRepresentable<String> & CaseIterable & Sendable
{
  @usableFromInline let table: JSONNameTable
  @usableFromInline let properties: [Property]

  /// Takes all cases of `Property`, whose raw values are the names.
  /// - Parameter ignoringCase: whether names match whatever the case of their ASCII letters.
  public init(_ type: Property.Type = Property.self, ignoringCase: Bool = false) {
    properties = Array(Property.allCases)
    table = JSONNameTable(properties.map(\.rawValue), ignoringCase: ignoringCase)
  }
}

/// Finds names by their bytes: open addressing over a power of two at least twice their number.
@usableFromInline
struct JSONNameTable: Sendable {
  private let names: [[UInt8]]
  /// Indices into `names`; -1 for a free place.
  private let places: [Int]
  private let ignoringCase: Bool

  init(_ texts: [String], ignoringCase: Bool) {
    names = texts.map { text in
      text.utf8.map { ignoringCase ? Self.lowercased($0) : $0 }
    }
    self.ignoringCase = ignoringCase
    var size = 8
    while size < names.count * 2 { size *= 2 }
    var places = [Int](repeating: -1, count: size)
    for (index, name) in names.enumerated() {
      var place = name.withUnsafeBufferPointer { Self.hash($0[...]) } & (size - 1)
      while places[place] >= 0 { place = (place + 1) & (size - 1) }
      places[place] = index
    }
    self.places = places
  }

  /// The index of the name spelled by `bytes`; nil if it is none of them.
  func index(of bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var place = Self.hash(bytes) & (places.count - 1)
    while places[place] >= 0 {
      if matches(names[places[place]], bytes) { return places[place] }
      place = (place + 1) & (places.count - 1)
    }
    return nil
  }

  private func matches(_ name: [UInt8], _ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard name.count == bytes.count else { return false }
    var offset = bytes.startIndex
    for byte in name {
      guard byte == bytes[offset] || ignoringCase && byte == Self.lowercased(bytes[offset]) else {
        return false
      }
      offset += 1
    }
    return true
  }

  /// The same for upper and lower case letters: their bit 5 is always set.
  private static func hash(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in bytes { hash = (hash ^ UInt32(byte | 0x20)) &* 16_777_619 }
    return Int(hash ^ hash >> 15)
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
