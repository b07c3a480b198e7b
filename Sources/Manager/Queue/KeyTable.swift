import Jobs

/// Which live job has a key. In many small dictionaries, for one of a million entries takes a tenth
/// of a second each time it grows, in which nobody else would be served.
struct KeyTable {
  private static let count = 256
  private var parts = ContiguousArray(repeating: [JobKey: JobID](), count: KeyTable.count)

  subscript(key: JobKey) -> JobID? {
    get { parts[Self.part(of: key)][key] }
    set { parts[Self.part(of: key)][key] = newValue }
  }

  /// Keys are fingerprints: any bits of them are as good as others.
  private static func part(of key: JobKey) -> Int { Int(key.low % UInt64(count)) }
}
