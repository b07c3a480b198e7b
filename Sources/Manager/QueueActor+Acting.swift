import Jobs
import Platform

/// What is done to many jobs that are there: a thousand at a time, each time on disk before the
/// next, so that others get their turn.
extension QueueActor {
  /// Gives buried jobs all their tries back; returns when that is on disk.
  ///
  /// - Returns: those of the selected that were buried, as they are now, in pieces.
  public func retry(_ selection: JobSelection) async throws(QueueError) -> [[JobStatus]] {
    try await change(selection, in: .buried) { queue, id, now in queue.kick(id, now: now) }
  }

  /// Has jobs that wait not go on until they are resumed; returns when that is on disk.
  ///
  /// - Returns: those of the selected that were dependent, ready or delayed, as they are now, in
  ///   pieces.
  public func suspend(_ selection: JobSelection) async throws(QueueError) -> [[JobStatus]] {
    try await change(selection, in: .deletable) { queue, id, _ in queue.suspend(id) }
  }

  /// The opposite of `suspend`.
  ///
  /// - Returns: those of the selected that were suspended, as they are now, in pieces.
  public func resume(_ selection: JobSelection) async throws(QueueError) -> [[JobStatus]] {
    try await change(selection, in: .suspended) { queue, id, now in queue.resume(id, now: now) }
  }

  /// Does something to those of the selected jobs that are in a state, and shows those it was done
  /// to.
  private func change(
    _ selection: JobSelection, in state: StateFilter,
    _ change: (inout JobQueue, JobID, Now) -> Bool
  ) async throws(QueueError) -> [[JobStatus]] {
    var selection = selection
    selection.state = state
    var rest = try await liveJobs(of: selection)[...]
    var shown: [[JobStatus]] = []
    while !rest.isEmpty {
      let piece = rest.prefix(Self.stepSize)
      rest = rest.dropFirst(Self.stepSize)
      let changed = try await commit { queue, now in
        piece.map(\.id).filter { change(&queue, $0, now) }
      }
      var showing = showing()
      shown.append(queue.statuses(of: changed, &showing))
    }
    return shown
  }

  /// Cancels what `selection` (with a state of running, lost or deletable) selects; returns when
  /// that is on disk.
  ///
  /// - Returns: the jobs acted upon, in pieces: deleted ones with state `deleted`, others as they
  ///   were.
  public func cancel(_ selection: JobSelection) async throws(QueueError) -> [[JobStatus]] {
    guard let state = selection.state, [.running, .lost, .deletable].contains(state) else {
      throw .invalid("state must be supplied as one of running|lost|deletable")
    }
    var rest = try await liveJobs(of: selection)[...]
    var acted: [[JobStatus]] = []
    var spared: [(id: JobID, entry: ListedJob)] = []
    // From the end: mostly jobs depend on earlier ones, which can be deleted only after them.
    while !rest.isEmpty {
      let piece = rest.suffix(Self.stepSize)
      rest = rest.dropLast(Self.stepSize)
      let (done, left) = try await cancel(Array(piece), in: state)
      acted.append(done)
      if state == .deletable { spared += left }
    }
    acted.reverse()
    // Those whose dependants came later; all at once, as they may depend on each other.
    if acted.count > 1, !spared.isEmpty { acted.append(try await cancel(spared, in: state).done) }
    return acted
  }

  /// - Returns: the jobs acted upon, and the others.
  private func cancel(
    _ jobs: [(id: JobID, entry: ListedJob)], in state: StateFilter
  ) async throws(QueueError) -> (done: [JobStatus], left: [(id: JobID, entry: ListedJob)]) {
    var showing = showing()
    let statuses = queue.statuses(jobs.map(\.entry), &showing)
    let acted: Set<JobID> = try await commit { queue, now in
      switch state {
      case .deletable: return Set(queue.delete(jobs.map(\.id)))
      case .lost:
        return Set(
          jobs.map(\.id).filter { id in
            guard case .lost? = queue.table[id]?.job.state else { return false }
            queue.confirmLost(id, now: now)
            return true
          })
      default: return Set(jobs.map(\.id).filter { queue.kill($0) })
      }
    }
    let done = zip(jobs, statuses).compactMap { job, status -> JobStatus? in
      guard acted.contains(job.id), var status else { return nil }
      if state == .deletable { status.job.state = .deleted }
      return status
    }
    return (done, jobs.filter { !acted.contains($0.id) })
  }
}
