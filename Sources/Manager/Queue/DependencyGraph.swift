import Jobs

/// Something jobs depend upon: one job by its key, or all jobs that carry a group.
enum Prerequisite: Hashable {
  case key(JobKey)
  case group(DepGroup)
}

extension Prerequisite: Parted {
  var spread: Int {
    switch self {
    case .key(let key): key.spread
    case .group(let group): group.hashValue
    }
  }
}

extension JobSpec {
  func dependsOn(anyOf groups: Set<DepGroup>) -> Bool {
    traits.dependencies.contains { dependency in
      if case .group(let group) = dependency { groups.contains(group) } else { false }
    }
  }

  /// What the job depends upon, each once.
  var prerequisites: [Prerequisite] {
    var seen = Set<Prerequisite>()
    return traits.dependencies.compactMap { dependency in
      let prerequisite: Prerequisite =
        switch dependency {
        case .group(let group): .group(group)
        case .key(let key): .key(key)
        case .command(let cmd, let cwd): .key(JobKey(ofCommand: cmd, cwd: cwd))
        }
      return seen.insert(prerequisite).inserted ? prerequisite : nil
    }
  }
}

/// Who waits for whom among live jobs.
///
/// A group is one node between its members and its dependants, so that a thousand members and a
/// thousand dependants make two thousand edges and not a million.
struct DependencyGraph {
  private struct Node {
    /// How many live jobs this node stands for: members of the group, or 1 for a live key.
    var live = 0
    var dependants: Set<JobID> = []
    /// Jobs with this group have come and gone.
    var wasJoined = false
  }

  private var nodes = PartedDictionary<Prerequisite, Node>()

  /// A job with this key and these groups is live from now on.
  ///
  /// - Returns: jobs for which one more dependency is unmet by this.
  mutating func provide(key: JobKey, groups: [DepGroup]) -> [JobID] {
    if nodes.isEmpty, groups.isEmpty { return [] }
    var affected: [JobID] = []
    for node in provided(key, groups) {
      // A key that nobody depends upon needs no node; a group's members must be counted.
      if case .key = node, nodes[node] == nil { continue }
      nodes[node, default: Node()].live += 1
      if nodes[node]!.live == 1 { affected.append(contentsOf: nodes[node]!.dependants) }
    }
    return affected
  }

  /// The opposite of `provide`.
  ///
  /// - Parameter neverWas: the job was refused, so it has joined nothing.
  /// - Returns: jobs for which one dependency fewer is unmet by this.
  mutating func withdraw(key: JobKey, groups: [DepGroup], neverWas: Bool = false) -> [JobID] {
    var affected: [JobID] = []
    for node in provided(key, groups) where nodes[node] != nil {
      nodes[node]!.live -= 1
      if !neverWas { nodes[node]!.wasJoined = true }
      if nodes[node]!.live == 0 {
        affected.append(contentsOf: nodes[node]!.dependants)
        dropIfUnused(node)
      }
    }
    return affected
  }

  /// Notes that `job` depends on these.
  ///
  /// - Parameters:
  ///   - joined: groups that jobs have joined at some time.
  ///   - isLive: whether a job with a key is live; asked when a key gets its first dependant.
  /// - Returns: how many of them are not met.
  mutating func depend(
    _ job: JobID, on prerequisites: [Prerequisite], joined: Set<DepGroup> = [],
    isLive: (JobKey) -> Bool
  ) -> Int {
    var unmet = 0
    for prerequisite in prerequisites {
      if nodes[prerequisite] == nil {
        var node = Node()
        switch prerequisite {
        case .key(let key): node.live = isLive(key) ? 1 : 0
        case .group(let group): node.wasJoined = joined.contains(group)
        }
        nodes[prerequisite] = node
      }
      nodes[prerequisite]!.dependants.insert(job)
      if nodes[prerequisite]!.live > 0 { unmet += 1 }
    }
    return unmet
  }

  mutating func forget(_ job: JobID, dependingOn prerequisites: [Prerequisite]) {
    for prerequisite in prerequisites where nodes[prerequisite] != nil {
      nodes[prerequisite]!.dependants.remove(job)
      dropIfUnused(prerequisite)
    }
  }

  /// Whether any live job depends on this one or on a group of it.
  func hasDependants(key: JobKey, groups: [DepGroup]) -> Bool {
    provided(key, groups).contains { hasDependants($0) }
  }

  func hasDependants(_ prerequisite: Prerequisite) -> Bool {
    !(nodes[prerequisite]?.dependants.isEmpty ?? true)
  }

  /// Whether any job has ever carried a group that live jobs depend on.
  func wasJoined(_ group: DepGroup) -> Bool {
    nodes[.group(group)].map { $0.live > 0 || $0.wasJoined } ?? false
  }

  /// How many live jobs a prerequisite stands for.
  func liveCount(_ prerequisite: Prerequisite) -> Int { nodes[prerequisite]?.live ?? 0 }

  /// The live jobs that depend on it, in order.
  ///
  /// - Parameter limit: more than so many are in no order, and take less time.
  func dependants(of prerequisite: Prerequisite, orderedUpTo limit: Int = .max) -> [JobID] {
    guard let dependants = nodes[prerequisite]?.dependants else { return [] }
    return dependants.count > limit ? Array(dependants) : dependants.sorted()
  }

  /// Whether it was noted that the job depends on it.
  func depends(_ job: JobID, on prerequisite: Prerequisite) -> Bool {
    nodes[prerequisite]?.dependants.contains(job) ?? false
  }

  func isMet(_ prerequisite: Prerequisite) -> Bool { nodes[prerequisite]?.live ?? 0 == 0 }

  /// A circle of dependencies through one of `roots`, in the order "is depended upon by"; nil if
  /// there is none.
  ///
  /// - Parameter provides: the key and groups of a live job; nil of one that has gone.
  /// - Complexity: O(what lies downstream of the roots).
  func cycle(
    through roots: [JobID], provides: (JobID) -> (JobKey, [DepGroup])?
  ) -> [Vertex]? {
    var search = CycleSearch(through: roots)
    while true {
      switch search.step(self, upTo: .max, provides: provides) {
      case .more: continue
      case .nothing: return nil
      case .circle(let circle): return circle
      }
    }
  }

  /// What a circle of dependencies is made of.
  enum Vertex: Parted {
    case job(JobID)
    case prerequisite(Prerequisite)

    var spread: Int {
      switch self {
      case .job(let id): Int(id.number)
      case .prerequisite(let prerequisite): prerequisite.spread
      }
    }
  }

  /// The prerequisites that a job with this key and these groups provides.
  func provided(_ key: JobKey, _ groups: [DepGroup]) -> [Prerequisite] {
    groups.isEmpty ? [.key(key)] : [.key(key)] + Set(groups).map { .group($0) }
  }

  private mutating func dropIfUnused(_ node: Prerequisite) {
    guard let unused = nodes[node], unused.dependants.isEmpty else { return }
    if case .key = node { nodes[node] = nil } else if unused.live == 0 { nodes[node] = nil }
  }
}
