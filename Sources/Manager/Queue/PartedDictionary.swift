/// A dictionary in many small parts: one of a million entries takes a tenth of a second each time it
/// grows, in which nobody else would be served.
struct PartedDictionary<Key: Hashable, Value> {
  private static var partCount: Int { 256 }
  private var parts = ContiguousArray(repeating: [Key: Value](), count: Self.partCount)
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  subscript(key: Key) -> Value? {
    _read { yield parts[Self.part(of: key)][key] }
    _modify {
      let part = Self.part(of: key)
      let before = parts[part].count
      defer { count += parts[part].count - before }
      yield &parts[part][key]
    }
  }

  subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
    _read { yield parts[Self.part(of: key)][key, default: value()] }
    _modify {
      let part = Self.part(of: key)
      let before = parts[part].count
      defer { count += parts[part].count - before }
      yield &parts[part][key, default: value()]
    }
  }

  private static func part(of key: Key) -> Int {
    Int(truncatingIfNeeded: UInt(bitPattern: key.hashValue) >> 8 % UInt(partCount))
  }
}
