import Jobs

/// Looks for a circle of dependencies through some jobs, in steps, so that others get their turn
/// while it looks through a million.
///
/// The graph may change between the steps, if whatever adds to it looks for circles of its own:
/// what goes away meanwhile is passed over.
struct CycleSearch {
  enum Finding {
    /// There is more to be looked at.
    case more
    case nothing
    /// In the order "is depended upon by".
    case circle([DependencyGraph.Vertex])
  }

  private typealias Vertex = DependencyGraph.Vertex

  private var roots: ArraySlice<JobID>
  private enum Mark {
    /// It may lie on a circle: the path goes through it.
    case onPath
    /// All that follows it has been looked at.
    case finished
  }

  private var marks = PartedDictionary<Vertex, Mark>()
  private var path: [(vertex: Vertex, next: [Vertex])] = []

  /// More dependants of one group are not put in order: that would take too long for a step.
  private static let orderedLimit = 10_000

  init(through roots: [JobID]) { self.roots = roots[...] }

  /// Looks at about so many jobs and dependencies.
  ///
  /// - Parameter provides: the key and groups of a live job; nil of one that has gone.
  mutating func step(
    _ graph: DependencyGraph, upTo budget: Int, provides: (JobID) -> (JobKey, [DepGroup])?
  ) -> Finding {
    func following(_ vertex: Vertex) -> [Vertex] {
      switch vertex {
      case .job(let id):
        guard let (key, groups) = provides(id) else { return [] }
        return graph.provided(key, groups).filter { graph.hasDependants($0) }
          .map { .prerequisite($0) }
      case .prerequisite(let prerequisite):
        return graph.dependants(of: prerequisite, orderedUpTo: Self.orderedLimit)
          .map { .job($0) }
      }
    }

    var left = budget
    while left > 0 {
      left -= 1
      guard let last = path.indices.last else {
        guard let root = roots.popFirst() else { return .nothing }
        if marks[.job(root)] != nil { continue }
        let next = following(.job(root))
        // Where nobody waits for a job no circle goes through it.
        if !next.isEmpty {
          path = [(.job(root), next)]
          marks[.job(root)] = .onPath
        }
        continue
      }
      guard let next = path[last].next.popLast() else {
        marks[path[last].vertex] = .finished
        path.removeLast()
        continue
      }
      switch marks[next] {
      case .onPath:
        let start = path.firstIndex { $0.vertex == next } ?? 0
        return .circle(path[start...].map(\.vertex))
      case .finished: continue
      case nil:
        let beyond = following(next)
        left -= beyond.count
        path.append((next, beyond))
        marks[next] = .onPath
      }
    }
    return .more
  }
}
