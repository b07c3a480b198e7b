import Jobs
import Platform

/// What is asked of jobs that are in the queue, and of the manager as a whole.
extension QueueActor {
  /// Changes jobs that are not with a host; returns when that is on disk. Those that would become
  /// the same as another job, live or complete, are left as they are.
  ///
  /// - Returns: of those that were changed, the keys they had, by the keys they have now.
  public func modify(
    _ selection: JobSelection, _ modification: JobModification
  ) async throws(QueueError) -> [JobKey: JobKey] {
    let ids = try await liveJobs(of: selection).map(\.id)
    let groups = (modification.dependencies ?? []).compactMap { dependency in
      if case .group(let group) = dependency { group } else { nil }
    }
    let complete: Set<JobKey>
    let joined: Set<DepGroup>
    do throws(StoreError) {
      complete = try await history.complete(among: queue.keys(of: ids, modification))
      joined = try await history.joined(among: Set(groups))
    } catch { throw QueueError(error) }
    let result = try await commit { queue, now -> Result<[JobQueue.Modified], QueueError> in
      do throws(QueueError) {
        return .success(
          try queue.modify(ids, modification, complete: complete, joined: joined, now: now))
      } catch { return .failure(error) }
    }
    let modified = try result.get()
    return Dictionary(modified.map { ($0.new, $0.old) }) { first, _ in first }
  }

  // MARK: Limit groups

  /// A limit group, its limit (-1 for none) and how many of its jobs are with a host.
  public struct LimitStatus: Sendable, Hashable {
    public var group: LimitGroup
    public var limit: Int
    public var running: Int
  }

  /// The groups named, or all that have a limit, by name.
  public func limits(of groups: [LimitGroup]?) -> [LimitStatus] {
    let known = queue.limitGroups
    return (groups ?? known.limits.keys.sorted()).map { group in
      LimitStatus(
        group: group, limit: known.limits[group] ?? -1, running: known.held[group] ?? 0)
    }
  }

  /// Sets limits, -1 for none; returns when that is on disk, and in force.
  public func setLimits(_ limits: [(group: LimitGroup, limit: Int)]) async throws(QueueError) {
    try await commit { queue, _ in queue.setLimits(limits) }
  }

  // MARK: Modes

  /// What a draining manager waits for, and a paused one leaves alone.
  public struct RunningFigures: Sendable, Hashable {
    public var running: Int
    /// Until the last of them is expected to end, in whole seconds.
    public var seconds: Int
  }

  /// Starts no more jobs; running ones go on, new ones are accepted. Once is as good as twice.
  public func pause() throws(QueueError) { try change(mode: .paused) }

  /// The opposite of `pause`, however often that was called.
  public func resume() throws(QueueError) { try change(mode: .started) }

  /// Starts no more jobs, for good; the manager stops when none runs any more.
  public func drain() throws(QueueError) { try change(mode: .draining) }

  /// The jobs that are with a host now.
  public var runningFigures: RunningFigures {
    let last = queue.holdings.values.map(\.expectedEnd).max() ?? .now
    return RunningFigures(
      running: queue.holdings.count, seconds: max(0, Int((last - .now).components.seconds)))
  }

  // MARK: Backups

  /// Makes a checked copy of the database at an absolute path, in place of what is there.
  public func backUp(to path: String) async throws(QueueError) {
    do throws(StoreError) { try await store.backup(to: path) } catch { throw QueueError(error) }
  }
}
