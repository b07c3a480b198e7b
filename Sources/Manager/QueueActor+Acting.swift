import Jobs
import Platform

/// The jobs that something was done to, in pieces.
public struct ActedJobs: Sendable {
  public fileprivate(set) var keys: [[JobKey]] = []
  /// The same jobs; empty unless they were wanted.
  public fileprivate(set) var jobs: [[JobStatus]] = []
  /// How many were in the state that it is done to.
  public fileprivate(set) var eligible = 0
}

/// What is done to many jobs that are there: a thousand at a time, each time on disk before the
/// next, so that others get their turn.
extension QueueActor {
  private typealias Chosen = (id: JobID, entry: ListedJob)

  /// Gives buried jobs all their tries back; returns when that is on disk.
  ///
  /// - Parameter showsJobs: whether the jobs are wanted, and not only their keys.
  /// - Returns: those of the selected that were buried, as they are now.
  public func retry(
    _ selection: JobSelection, showsJobs: Bool
  ) async throws(QueueError) -> ActedJobs {
    try await change(selection, in: .buried, showsJobs) { queue, id, now in
      queue.kick(id, now: now)
    }
  }

  /// Has jobs that wait not go on until they are resumed; returns when that is on disk.
  ///
  /// - Parameter showsJobs: whether the jobs are wanted, and not only their keys.
  /// - Returns: those of the selected that were dependent, ready or delayed, as they are now.
  public func suspend(
    _ selection: JobSelection, showsJobs: Bool
  ) async throws(QueueError) -> ActedJobs {
    try await change(selection, in: .deletable, showsJobs) { queue, id, _ in queue.suspend(id) }
  }

  /// The opposite of `suspend`.
  ///
  /// - Parameter showsJobs: whether the jobs are wanted, and not only their keys.
  /// - Returns: those of the selected that were suspended, as they are now.
  public func resume(
    _ selection: JobSelection, showsJobs: Bool
  ) async throws(QueueError) -> ActedJobs {
    try await change(selection, in: .suspended, showsJobs) { queue, id, now in
      queue.resume(id, now: now)
    }
  }

  /// Does something to those of the selected jobs that are in a state.
  private func change(
    _ selection: JobSelection, in state: StateFilter, _ showsJobs: Bool,
    _ change: (inout JobQueue, JobID, Now) -> Bool
  ) async throws(QueueError) -> ActedJobs {
    var selection = selection
    selection.state = state
    let chosen = try await liveJobs(of: selection)
    var acted = ActedJobs(eligible: chosen.count)
    for piece in chosen.steps(of: Self.stepSize) {
      let changed = try await commit { queue, now in
        piece.map(\.id).filter { change(&queue, $0, now) }
      }
      let jobs = queue.committed(changed).compactMap { $0 }
      acted.keys.append(jobs.map(\.key))
      guard showsJobs else { continue }
      var showing = showing()
      acted.jobs.append(queue.statuses(of: changed, &showing))
    }
    return acted
  }

  /// Cancels what `selection` (with a state of running, lost or deletable) selects; returns when
  /// that is on disk.
  ///
  /// - Parameter showsJobs: whether the jobs are wanted, and not only their keys.
  /// - Returns: the jobs acted upon: deleted ones with state `deleted`, others as they were.
  public func cancel(
    _ selection: JobSelection, showsJobs: Bool
  ) async throws(QueueError) -> ActedJobs {
    guard let state = selection.state, [.running, .lost, .deletable].contains(state) else {
      throw .invalid("state must be supplied as one of running|lost|deletable")
    }
    let chosen = try await liveJobs(of: selection)
    var acted = ActedJobs(eligible: chosen.count)
    // From the end: mostly jobs depend on earlier ones, which can be deleted only after them.
    var left: [[Chosen]] = []
    for piece in chosen.steps(of: Self.stepSize).reversed() {
      left.append(try await cancel(piece, in: state, showsJobs, &acted))
    }
    acted.keys.reverse()
    acted.jobs.reverse()
    guard state == .deletable, left.count > 1 else { return acted }
    // From the beginning those that depend on later ones, and then whoever is left, all at once.
    let spared = Array(left.reversed().joined())
    left = []
    for piece in spared.steps(of: Self.stepSize) {
      left.append(try await cancel(piece, in: state, showsJobs, &acted))
    }
    let rest = Array(left.joined())
    if !rest.isEmpty { _ = try await cancel(rest[...], in: state, showsJobs, &acted) }
    return acted
  }

  /// - Returns: the jobs that were not acted upon.
  private func cancel(
    _ chosen: ArraySlice<Chosen>, in state: StateFilter, _ showsJobs: Bool,
    _ acted: inout ActedJobs
  ) async throws(QueueError) -> [Chosen] {
    let ids = chosen.map(\.id)
    let before = queue.committed(ids)
    var showing = showing()
    let statuses = showsJobs ? queue.statuses(chosen.map(\.entry), &showing) : []
    let done: Set<JobID> = try await commit { queue, now in
      switch state {
      case .deletable: return Set(queue.delete(ids))
      case .lost:
        return Set(
          ids.filter { id in
            guard case .lost? = queue.table[id]?.job.state else { return false }
            queue.confirmLost(id, now: now)
            return true
          })
      default: return Set(ids.filter { queue.kill($0) })
      }
    }
    acted.keys.append(before.compactMap { $0.flatMap { done.contains($0.id) ? $0.key : nil } })
    if showsJobs {
      acted.jobs.append(
        zip(ids, statuses).compactMap { id, status in
          guard done.contains(id), var status else { return nil }
          if state == .deletable { status.job.state = .deleted }
          return status
        })
    }
    return chosen.filter { !done.contains($0.id) }
  }
}
