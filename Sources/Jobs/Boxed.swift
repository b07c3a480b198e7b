/// A value that lies apart from what holds it: large ones that many share and few change. Copies
/// share it until one of them changes (copy on write).
@usableFromInline
struct Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
  /// Unchecked, because it is changed only where nothing else refers to it.
  @usableFromInline
  final class Storage: @unchecked Sendable {
    @usableFromInline var value: Value
    @usableFromInline init(_ value: Value) { self.value = value }
  }

  @usableFromInline var storage: Storage

  init(_ value: Value) { storage = Storage(value) }

  @inlinable var value: Value {
    _read { yield storage.value }
    _modify {
      if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
      yield &storage.value
    }
  }

  var identity: ObjectIdentifier { ObjectIdentifier(storage) }

  func isSame(as other: Self) -> Bool { storage === other.storage }

  @usableFromInline
  static func == (a: Self, b: Self) -> Bool { a.storage === b.storage || a.value == b.value }

  @usableFromInline
  func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
