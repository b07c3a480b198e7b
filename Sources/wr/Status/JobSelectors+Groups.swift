import Jobs

extension JobSelectors {
  /// The counts of the jobs, which the manager keeps by group; nil if they are not whole groups.
  /// Of all jobs, only the incomplete.
  func groupCounts(_ manager: ManagerConnection) throws -> StateCounts? {
    guard let (path, query) = groups else { return nil }
    var counts = StateCounts()
    for group in try GroupCounts.list(manager.ask("GET", path, query: query).body) {
      counts.add(group.counts)
    }
    return counts
  }
}

/// The counts of one rep group, as `GET /rest/v1/groups/` shows them.
struct GroupCounts {
  var name = ""
  var counts = StateCounts()

  static func list(_ bytes: [UInt8]) throws(JSONError) -> [GroupCounts] {
    var reader = JSONReader(bytes)
    return try reader.array { reader throws(JSONError) in
      var group = GroupCounts()
      try reader.beginObject()
      while let member = try reader.nextName() {
        switch member {
        case "RepGroup": group.name = try reader.string()
        case "Counts":
          try reader.beginObject()
          while let state = try reader.nextName() { group.counts.add(state, try reader.int()) }
        default: try reader.skip()
        }
      }
      return group
    }
  }
}
