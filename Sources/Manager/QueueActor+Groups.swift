import Jobs

/// How many jobs of a rep group are in each state.
public struct GroupCounts: Sendable, Hashable {
  public var repGroup: RepGroup
  /// By state name; states without jobs are left out.
  public var counts: [String: Int]
}

extension QueueActor {
  /// The rep groups with jobs, by name, and how many are in each state: by counters that are kept,
  /// so that no job is visited.
  ///
  /// - Parameters:
  ///   - name: the group, or with `search` what its name contains; nil for all groups.
  ///   - complete: whether the history is asked too.
  public func groups(
    _ name: String?, search: Bool, complete: Bool
  ) async throws(QueueError) -> [GroupCounts] {
    func isMeant(_ group: RepGroup) -> Bool {
      guard let name else { return true }
      return search ? group.text.containsSubstring(name) : group.text == name
    }
    var past: [RepGroup: Int] = [:]
    if complete {
      do throws(StoreError) {
        past = try await history.counts(of: search ? nil : name.map { [RepGroup($0)] })
      } catch { throw QueueError(error) }
    }
    var counts = queue.tally.groups.filter { isMeant($0.key) }
    for (group, count) in past where isMeant(group) {
      counts[group, default: [:]]["complete"] = count
    }
    return counts.sorted { $0.key < $1.key }.map { GroupCounts(repGroup: $0.key, counts: $0.value) }
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
