import Jobs
import Platform

@testable import Manager

/// An upload on its way into a queue: what `QueueActor` does of it, step by step.
struct BenchUpload {
  fileprivate enum Phase {
    case entering, tying
    case searching(CycleSearch)
    case revealing
  }

  fileprivate(set) var upload = Upload(UploadID(1))
  fileprivate var jobs: ArraySlice<Job>
  fileprivate var phase = Phase.entering
  fileprivate var open: ArraySlice<JobID> = []
  fileprivate let rerun: Bool

  /// On disk: it cannot be taken back any more.
  var isCommitted: Bool { if case .revealing = phase { true } else { false } }
}

extension QueueBench {
  /// Begins to finish an upload of jobs with these keys.
  mutating func upload(
    _ numbers: [Int], rerun: Bool = false, _ customise: (Int, inout JobSpec) -> Void = { _, _ in }
  ) -> BenchUpload {
    let jobs = zip(queue.reserveIDs(numbers.count), numbers).map { id, number in
      Job(
        id: JobID(id), key: Self.key(number), spec: spec(number, customise),
        addedAt: now.timestamp, state: .ready)
    }
    return BenchUpload(jobs: jobs[...], rerun: rerun)
  }

  /// Goes on with about so many jobs.
  ///
  /// - Returns: whether there is more to be done.
  mutating func advance(_ upload: inout BenchUpload, by count: Int) -> Bool {
    switch upload.phase {
    case .entering:
      // What leaves must have left.
      commit()
      let jobs = upload.jobs.prefix(count)
      upload.jobs = upload.jobs.dropFirst(count)
      let entry = queue.enter(
        jobs, rerun: jobs.map { _ in upload.rerun }[...], complete: Set(history.keys))
      upload.upload.take(entry, queue)
      if !upload.jobs.isEmpty { return true }
      let resurrected = queue.resurrect(
        dependants(of: upload.upload.groups), because: upload.upload.groups,
        asked: upload.upload.complete, inUpload: true, now: now)
      queue.provide(resurrected)
      upload.upload.note(resurrected, queue)
      upload.open = upload.upload.dependants[...]
      upload.phase = .tying
    case .tying:
      queue.depend(upload.open.prefix(count), joined: everJoined)
      upload.open = upload.open.dropFirst(count)
      if !upload.open.isEmpty { return true }
      upload.phase = .searching(CycleSearch(through: upload.upload.dependants))
    case .searching(var search):
      let finding = search.step(
        queue.graph, upTo: count, provides: { [queue] in queue.provided(by: $0) })
      upload.phase = .searching(search)
      switch finding {
      case .more: return true
      case .circle:
        takeBack(upload)
        return false
      case .nothing:
        for id in upload.upload.entered {
          write(queue.table[id]!.job)
        }
        upload.open = upload.upload.entered[...]
        upload.phase = .revealing
      }
    case .revealing:
      queue.reveal(upload.open.prefix(count), now: now)
      upload.open = upload.open.dropFirst(count)
      if !upload.open.isEmpty { return true }
      for (id, group) in upload.upload.duplicates { queue.join(id, group) }
      return false
    }
    return true
  }

  /// Gives an upload up.
  mutating func takeBack(_ upload: BenchUpload) {
    precondition(!upload.isCommitted)
    queue.untie(upload.upload.dependants[...])
    queue.unstage(upload.upload.entered, now: now)
    queue.withdraw([.withdraw(upload.upload.id, first: JobID(1))])
  }
}
