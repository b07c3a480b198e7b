import Jobs

/// What tells in which part of a `PartedDictionary` a key stands: many keys stand in all parts alike.
///
/// Of keys that are fingerprints anyhow that is had without hashing them once more.
protocol Parted: Hashable {
  var spread: Int { get }
}

/// A dictionary in many small parts: one of a million entries takes a tenth of a second each time it
/// grows, in which nobody else would be served.
struct PartedDictionary<Key: Parted, Value> {
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
    Int(UInt(bitPattern: key.spread) % UInt(partCount))
  }
}

extension JobKey: Parted {
  var spread: Int { Int(truncatingIfNeeded: low) }
}
