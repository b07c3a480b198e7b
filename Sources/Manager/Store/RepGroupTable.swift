import Jobs

/// The ids of rep groups, and what the current transaction changes of the sums of complete jobs
/// under them.
final class RepGroupTable {
  private let find: Statement
  private let insert: Statement
  private let addSums: Statement
  /// Ids that are committed or of the current transaction. By the bytes of the name, as SQLite
  /// compares: Swift takes some names for equal that differ in bytes.
  private var ids: [[UInt8]: Int64] = [:]
  private var changes: [Int64: UsageSums] = [:]

  private static let capacity = 100_000

  init(_ database: borrowing Database) throws(StoreError) {
    find = try Statement("SELECT id FROM rep_groups WHERE name = ?", on: database)
    insert = try Statement("INSERT INTO rep_groups (name) VALUES (?) RETURNING id", on: database)
    addSums = try Statement(
      """
      UPDATE rep_groups SET complete = complete + ?2,
        memory_mb_sum = memory_mb_sum + ?3, memory_mb_squares = memory_mb_squares + ?4,
        disk_mb_sum = disk_mb_sum + ?5, disk_mb_squares = disk_mb_squares + ?6,
        walltime_s_sum = walltime_s_sum + ?7, walltime_s_squares = walltime_s_squares + ?8,
        cpu_time_s_sum = cpu_time_s_sum + ?9, cpu_time_s_squares = cpu_time_s_squares + ?10,
        last_ended_ns = max(coalesce(last_ended_ns, ?11), coalesce(?11, last_ended_ns))
      WHERE id = ?1
      """, on: database)
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

  /// Notes that complete jobs more are found under a group, or fewer if they count negatively.
  func add(_ difference: UsageSums, to group: Int64) {
    changes[group, default: UsageSums()] += difference
  }

  /// Writes the sums that were noted.
  func writeSums() throws(StoreError) {
    for (group, difference) in changes {
      try addSums.bind(1, group)
      try addSums.bind(2, Int64(difference.count))
      let sums = [difference.memory, difference.disk, difference.walltime, difference.cpuTime]
      for (index, sums) in sums.enumerated() {
        try addSums.bind(Int32(3 + 2 * index), sums.sum)
        try addSums.bind(Int32(4 + 2 * index), sums.squares)
      }
      try addSums.bind(11, difference.endedAt?.nanoseconds)
      try addSums.run()
    }
    changes.removeAll(keepingCapacity: true)
  }

  /// The transaction was rolled back: forgets what it may have made.
  func forget() {
    ids.removeAll()
    changes.removeAll()
  }
}
