import Jobs

/// The jobs found under a rep group, in the order in which they joined it.
///
/// Jobs that have gone are dropped only when they may be half of all, so that leaving costs O(1)
/// on average; readers skip them.
struct GroupMembers {
  private(set) var ids: [JobID] = []
  private var gone = 0

  mutating func append(_ id: JobID) { ids.append(id) }
  mutating func append(contentsOf new: some Sequence<JobID>) { ids.append(contentsOf: new) }

  /// Notes that one of the jobs has left `table`.
  ///
  /// - Returns: true if none is left.
  mutating func lost(among table: JobTable) -> Bool {
    gone += 1
    guard gone * 2 >= ids.count else { return false }
    ids.removeAll { !table.contains($0) }
    gone = 0
    return ids.isEmpty
  }
}
