/// A value that lies apart from what holds it: large ones that are copied often and changed seldom.
/// Copies share it until one of them changes (copy on write).
struct Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
  /// Unchecked, because it is changed only where nothing else refers to it.
  private final class Storage: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private var storage: Storage

  init(_ value: Value) { storage = Storage(value) }

  var value: Value {
    _read { yield storage.value }
    _modify {
      if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
      yield &storage.value
    }
  }

  static func == (a: Self, b: Self) -> Bool { a.storage === b.storage || a.value == b.value }

  func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
