import Jobs

/// The jobs of a list, in order: which they are is fixed, what they are like is found out when
/// their turn comes. A million jobs, live or complete, take 8 MB.
public struct JobList: Sendable {
  private enum Part {
    case listed(ArraySlice<ListedJob>)
    /// Live jobs, and the group they were asked for by.
    case live(ArraySlice<JobID>, RepGroup?)
    /// Complete jobs by their rows in the history, and the group they were asked for by.
    case complete(ArraySlice<Int64>, RepGroup?)
  }

  /// Those from `first` on are still to come.
  private var parts: [Part] = []
  private var first = 0
  /// Whether the outputs of those that have some may be shown.
  var showsOutput = false

  public init(_ jobs: [ListedJob] = []) { append(jobs) }

  mutating func append(_ jobs: [ListedJob]) {
    parts.append(.listed(jobs[...]))
  }

  /// - Parameter list: of which nothing was taken.
  mutating func append(_ list: JobList) { parts += list.parts }

  mutating func append(live ids: [JobID], by repGroup: RepGroup? = nil) {
    parts.append(.live(ids[...], repGroup))
  }

  mutating func append(complete rows: [Int64], by repGroup: RepGroup? = nil) {
    parts.append(.complete(rows[...], repGroup))
  }

  /// Takes the next jobs, at most so many.
  ///
  /// - Returns: empty if there are no more.
  public mutating func next(_ count: Int) -> [ListedJob] {
    var taken: [ListedJob] = []
    taken.reserveCapacity(count)
    while taken.count < count, first < parts.count {
      let wanted = count - taken.count
      switch parts[first] {
      case .listed(let jobs):
        taken += jobs.prefix(wanted)
        parts[first] = .listed(jobs.dropFirst(wanted))
        if jobs.count <= wanted { first += 1 }
      case .live(let ids, let repGroup):
        for id in ids.prefix(wanted) {
          taken.append(ListedJob(place: .live(id, nil), repGroup: repGroup))
        }
        parts[first] = .live(ids.dropFirst(wanted), repGroup)
        if ids.count <= wanted { first += 1 }
      case .complete(let rows, let repGroup):
        for row in rows.prefix(wanted) {
          taken.append(ListedJob(place: .history(row: row), repGroup: repGroup))
        }
        parts[first] = .complete(rows.dropFirst(wanted), repGroup)
        if rows.count <= wanted { first += 1 }
      }
    }
    if showsOutput { for index in taken.indices { taken[index].mayShowOutput = true } }
    return taken
  }
}
