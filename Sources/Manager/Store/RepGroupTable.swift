import Jobs

/// The ids of rep groups, and the counts of complete jobs under them that the current
/// transaction changes.
final class RepGroupTable {
  private let find: Statement
  private let insert: Statement
  private let count: Statement
  /// Ids that are committed or of the current transaction. By the bytes of the name, as SQLite
  /// compares: Swift takes some names for equal that differ in bytes.
  private var ids: [[UInt8]: Int64] = [:]
  private var changes: [Int64: Int64] = [:]

  private static let capacity = 100_000

  init(_ database: borrowing Database) throws(StoreError) {
    find = try Statement("SELECT id FROM rep_groups WHERE name = ?", on: database)
    insert = try Statement("INSERT INTO rep_groups (name) VALUES (?) RETURNING id", on: database)
    count = try Statement(
      "UPDATE rep_groups SET complete = complete + ?2 WHERE id = ?1", on: database)
  }

  /// The id of a group, which is made if there is none of this name.
  func id(of group: RepGroup) throws(StoreError) -> Int64 {
    let name = Array(group.text.utf8)
    if let id = ids[name] { return id }
    let id = try lookUp(name)
    if ids.count >= Self.capacity { ids.removeAll(keepingCapacity: true) }
    ids[name] = id
    return id
  }

  private func lookUp(_ name: [UInt8]) throws(StoreError) -> Int64 {
    try find.bind(1, utf8: name)
    defer { find.reset() }
    if try find.step() { return find.integer(0) }
    try insert.bind(1, utf8: name)
    defer { insert.reset() }
    guard try insert.step() else { throw insert.damage("a rep group has got no id") }
    return insert.integer(0)
  }

  /// Notes that so many complete jobs more are found under a group.
  func add(_ difference: Int64, to group: Int64) {
    changes[group, default: 0] += difference
  }

  /// Writes the counts that were noted.
  func writeCounts() throws(StoreError) {
    for (group, difference) in changes where difference != 0 {
      try count.bind(1, group)
      try count.bind(2, difference)
      try count.run()
    }
    changes.removeAll(keepingCapacity: true)
  }

  /// The transaction was rolled back: forgets what it may have made.
  func forget() {
    ids.removeAll()
    changes.removeAll()
  }
}
