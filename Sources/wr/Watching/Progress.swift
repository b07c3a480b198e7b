import Jobs

/// How far jobs are, as `wr wait` and `wr watch` look at it: by group, or together if they are
/// meant by their keys.
struct Progress: Hashable {
  struct Group: Hashable {
    var name: String
    var counts: StateCounts

    /// Have ended, well or not.
    var done: Int { counts["complete"] + counts["buried"] }
    var total: Int { counts.total }
  }

  var groups: [Group]

  var counts: StateCounts {
    groups.reduce(into: StateCounts()) { $0.add($1.counts) }
  }

  /// All groups in an array, and a newline.
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for group in groups {
      json.beginObject()
      json.member("RepGroup", group.name)
      json.name("Counts")
      group.counts.write(to: &json)
      json.endObject()
    }
    json.endArray()
    json.newline()
    return json.takeBytes()
  }

  /// Whether nothing is left to do.
  var isOver: Bool { groups.allSatisfy { $0.done == $0.total } }

  /// Whether what is left can only go on when other jobs, or people, do something.
  var onlyDepends: Bool {
    groups.allSatisfy {
      $0.done + $0.counts["dependent"] + $0.counts["suspended"] == $0.total
    }
  }
}

/// Asks the manager again and again how far jobs are.
struct ProgressQuery {
  private let manager: ManagerConnection
  /// Whole groups, if they are meant.
  private let groups: JobSelectors.Groups?
  private let targets: JobTargets
  /// Keys of jobs that were seen: one that is not there any more was removed.
  private let title: String

  init(_ selectors: JobSelectors, _ manager: ManagerConnection) throws {
    self.manager = manager
    groups = selectors.groups
    targets = try selectors.targets(manager)
    title = "jobs"
  }

  /// - Parameter keys: of the jobs meant.
  init(keys: [String], _ manager: ManagerConnection) {
    self.manager = manager
    groups = nil
    targets = JobTargets(manager: manager, keys: keys)
    title = "jobs"
  }

  func progress() throws -> Progress {
    guard let groups else {
      var counts = StateCounts()
      counts = try targets.fold([("brief", "true")], into: counts) { $0.add($1.state) }
      return Progress(groups: [Progress.Group(name: title, counts: counts)])
    }
    return Progress(
      groups: try manager.groups(groups).map {
        Progress.Group(name: $0.name, counts: $0.counts)
      })
  }

  /// Whether no job of the manager is going to do anything by itself.
  func isStuck() throws -> Bool {
    return try manager.groups(.all).allSatisfy { group in
      let counts = group.counts
      return counts.total == counts["buried"] + counts["dependent"] + counts["suspended"]
    }
  }
}
