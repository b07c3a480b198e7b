import Jobs

/// How many jobs of a rep group are in each state, and what the complete ones have used.
public struct GroupFigures: Sendable, Hashable {
  public var repGroup: RepGroup
  /// By state name; states without jobs are left out.
  public var counts: [String: Int] = [:]
  public var usage = UsageSums()

  public init(repGroup: RepGroup) { self.repGroup = repGroup }
}

/// Which rep groups are asked for, and what of them.
public struct GroupSelection: Sendable, Hashable {
  /// The group, or with `search` what its name contains; nil for all groups.
  public var name: String?
  public var search = false
  /// The history counts too.
  public var complete = true
  /// Each job counts under the group alone that it was added with; of jobs in the queue only.
  public var own = false

  public init(name: String?) { self.name = name }

  func admits(_ group: RepGroup) -> Bool {
    guard let name else { return true }
    return search ? group.text.containsSubstring(name) : group.text == name
  }
}

extension QueueActor {
  /// The rep groups with jobs, by name, and how many are in each state: by counters and sums that
  /// are kept, so that no job is visited but those that run again.
  public func groups(_ selection: GroupSelection) async throws(QueueError) -> [GroupFigures] {
    var past: [RepGroup: UsageSums] = [:]
    if selection.complete, !selection.own {
      // A job that has left the queue meanwhile would be found neither here nor there.
      for _ in 0..<Self.patience {
        let departures = queue.departures
        past = try await sums(selection)
        if departures == queue.departures { break }
      }
    }
    var figures: [RepGroup: GroupFigures] = [:]
    for (group, usage) in past where selection.admits(group) {
      figures[group, default: GroupFigures(repGroup: group)].usage = usage
    }
    for tally in selection.own ? [queue.tally] : [queue.tally, queue.jointTally] {
      for (group, counts) in tally.groups where selection.admits(group) {
        figures[group, default: GroupFigures(repGroup: group)].counts.merge(
          counts, uniquingKeysWith: +)
      }
    }
    return figures.values.sorted { $0.repGroup < $1.repGroup }.map { group in
      var group = group
      // Jobs whose end is being written are among those of the queue still.
      group.counts["complete", default: 0] += group.usage.count
      return group
    }
  }

  /// How often the history is asked again if jobs have left the queue while it was asked.
  private static let patience = 5

  private func sums(
    _ selection: GroupSelection
  ) async throws(QueueError) -> [RepGroup: UsageSums] {
    // Where one is found that runs again, it is not found as complete too.
    var reruns: [JobKey: [RepGroup]] = [:]
    for id in queue.reruns {
      guard let record = queue.table[id], !record.isStaged else { continue }
      reruns[record.job.key] = [record.job.spec.repGroup] + record.alsoIn
    }
    let one = selection.search ? nil : selection.name.map { RepGroup($0) }
    do throws(StoreError) { return try await history.sums(of: one, except: reruns) } catch {
      throw QueueError(error)
    }
  }

  /// What is kept of what a job wrote: empty texts if that is nothing.
  ///
  /// - Returns: nil if there is no such job.
  public func output(of key: JobKey) async throws(QueueError) -> JobOutput? {
    do throws(StoreError) {
      var id = queue.keys[key].flatMap { queue.committed($0)?.id }
      if id == nil { id = try await history.entry(of: key).map { JobID($0.row) } }
      guard let id else { return nil }
      return try await history.outputs(of: [id])[id] ?? JobOutput(job: id, stdout: "", stderr: "")
    } catch { throw QueueError(error) }
  }
}
