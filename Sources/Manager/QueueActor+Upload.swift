import Jobs
import Platform

/// Uploads: a million jobs are added without ever being one body, one transaction or one step
/// (decision 8).
extension QueueActor {
  /// How many jobs are written in one transaction.
  public static let pieceSize = 2500
  /// How many are dealt with before others get their turn.
  static let stepSize = 1000

  /// Begins an upload, which somebody must `finish` or `giveUp`.
  public func beginUpload() throws(QueueError) -> UploadID {
    try refuseIfStopping()
    let id = UploadID(queue.reserveIDs(1).lowerBound)
    uploads.open[id] = Upload(id)
    return id
  }

  /// Adds some jobs to an upload; returns when they are on disk, where nobody sees them yet.
  ///
  /// - Parameters:
  ///   - specs: at most `pieceSize`.
  ///   - rerun: for each spec, whether it runs again if it is complete.
  public func stage(
    _ specs: [JobSpec], keys: [JobKey], rerun: [Bool], in id: UploadID
  ) async throws(QueueError) {
    precondition(specs.count <= Self.pieceSize, "a piece of \(specs.count) jobs")
    if specs.isEmpty { return }
    try refuseIfStopping()
    let unlike = specs.unlike
    do throws(StoreError) { try await loadEnvironments(of: unlike) } catch {
      throw QueueError(error)
    }
    try refuseUnknownEnvironments(of: unlike)
    let now = Now.current.timestamp
    let jobs = zip(queue.reserveIDs(specs.count), zip(specs, keys)).map { number, job in
      var spec = job.0
      queue.traits.share(&spec)
      return Job(id: JobID(number), key: job.1, spec: spec, addedAt: now, state: .ready)
    }
    uploads.open[id]?.pieces.append(Upload.Piece(jobs: jobs, rerun: rerun))
    uploads.open[id]?.written.append(jobs[0].id)
    try await write([.stage(id, jobs)])
  }

  /// Adds the jobs of an upload, all or none; returns when they are on disk and in the queue. The
  /// upload is over then, in any case.
  ///
  /// - Parameter limits: that are in force from then on, too.
  /// - Returns: what became of them, but for the jobs themselves.
  public func finish(
    _ id: UploadID, limits: [(group: LimitGroup, limit: Int)]
  ) async throws(QueueError) -> AddedJobs {
    if uploads.isFinishing { await withCheckedContinuation { uploads.wait($0) } }
    uploads.begin()
    defer {
      readmit(uploads.takeBlocked())
      uploads.pass()
    }
    guard var upload = uploads.open.removeValue(forKey: id) else {
      preconditionFailure("upload \(id.number) is over")
    }
    do throws(QueueError) {
      try await enter(&upload)
      try await resurrect(with: &upload)
      try await tie(upload)
      try refuseIfStopping()
      try await write([.commit(id)], limits: limits)
    } catch {
      await takeBack(upload)
      throw error
    }
    queue.enforce(limits)
    await reveal(upload)
    try await joinGroups(upload)
    return AddedJobs(newCount: upload.newCount, keys: upload.keys)
  }

  /// Ends an upload that nothing is to be added of, unless it is over already.
  public func giveUp(_ id: UploadID) async {
    if let upload = uploads.open.removeValue(forKey: id) { await takeBack(upload) }
  }

  // MARK: Steps

  /// Finds out what is new, and takes it into the queue, staged.
  private func enter(_ upload: inout Upload) async throws(QueueError) {
    while !upload.pieces.isEmpty {
      let piece = upload.pieces.removeFirst()
      var dropped: [JobID] = []
      for start in stride(from: 0, to: piece.jobs.count, by: Self.stepSize) {
        let range = start..<min(start + Self.stepSize, piece.jobs.count)
        let (jobs, rerun) = (piece.jobs[range], piece.rerun[range])
        let complete = try await complete(among: jobs, rerun)
        let entry = queue.enter(jobs, rerun: rerun, complete: complete)
        upload.take(entry, queue)
        dropped += entry.dropped
        await reactor.yield()
      }
      if !dropped.isEmpty { try await write([.drop(dropped)]) }
    }
  }

  /// Which of the jobs are complete, at a moment at which all of them can enter.
  private func complete(
    among jobs: ArraySlice<Job>, _ rerun: ArraySlice<Bool>
  ) async throws(QueueError) -> Set<JobKey> {
    while true {
      while zip(jobs, rerun).contains(where: { queue.mustWait(toEnter: $0.key, rerun: $1) }) {
        try await commit { _, _ in }
      }
      let live = jobs.lazy.map(\.key).filter { self.queue.keys[$0] != nil }
      let present = Set(live)
      let complete: Set<JobKey>
      do throws(StoreError) {
        complete = try await history.complete(
          among: jobs.map(\.key).filter { !present.contains($0) })
      } catch { throw QueueError(error) }
      // Again if one has left the queue meanwhile, or has come and may not stay.
      if present.allSatisfy({ queue.keys[$0] != nil }),
        !zip(jobs, rerun).contains(where: { queue.mustWait(toEnter: $0.key, rerun: $1) })
      {
        return complete
      }
    }
  }

  /// Queues complete jobs again whose groups the new jobs have joined.
  private func resurrect(with upload: inout Upload) async throws(QueueError) {
    if upload.groups.isEmpty { return }
    // What was complete when they joined is in the history after this.
    try await commit { _, _ in }
    let jobs: [Job]
    do throws(StoreError) {
      let dependants = try await history.dependants(of: upload.groups)
      try await loadEnvironments(of: dependants.map(\.spec))
      let resurrected = queue.resurrect(
        dependants, because: upload.groups, asked: upload.complete, inUpload: true, now: .current)
      guard let first = resurrected.first else { return }
      queue.provide(resurrected)
      upload.note(resurrected, queue)
      upload.written.append(first)
      jobs = resurrected.compactMap { queue.table[$0]?.job }
    } catch { throw QueueError(error) }
    try await write([.stage(upload.id, jobs)])
  }

  /// Ties the new jobs to what they depend on, and refuses circles.
  private func tie(_ upload: Upload) async throws(QueueError) {
    var asked: Set<DepGroup> = []
    var joined: Set<DepGroup> = []
    for step in upload.dependants.steps(of: Self.stepSize) {
      var groups: Set<DepGroup> = []
      for id in step {
        for case .group(let group)? in queue.table[id]?.job.spec.dependencies ?? []
        where asked.insert(group).inserted { groups.insert(group) }
      }
      do throws(StoreError) { joined.formUnion(try await history.joined(among: groups)) } catch {
        throw QueueError(error)
      }
      queue.depend(step, joined: joined)
      await reactor.yield()
    }
    var search = CycleSearch(through: upload.dependants)
    while true {
      switch search.step(queue.graph, upTo: Self.stepSize, provides: { queue.provided(by: $0) }) {
      case .nothing: return
      case .circle(let circle): throw queue.refusal(of: circle)
      case .more: await reactor.yield()
      }
    }
  }

  /// Shows the jobs, which are on disk.
  private func reveal(_ upload: Upload) async {
    for step in upload.entered.steps(of: Self.stepSize) {
      queue.reveal(step, now: .current)
      wakeup.signal()
      await reactor.yield()
    }
    committed.signal()
    do throws(QueueError) {
      for step in Array(upload.groups).steps(of: Self.pieceSize) {
        try await write([.join(Array(step))])
      }
      try await write([.finish(upload.id)])
    } catch {
      // The next start finds out what is missing, and writes it.
      log.warning("an upload is committed, but not all that is known by it is written: \(error)")
    }
  }

  /// Makes jobs that were there already findable under the groups they were sent with.
  private func joinGroups(_ upload: Upload) async throws(QueueError) {
    for step in upload.duplicates.steps(of: Self.stepSize) {
      try await commit { queue, _ in
        for duplicate in step { queue.join(duplicate.id, duplicate.group) }
      }
    }
  }

  /// Takes all out again, as if it had never come. What is on disk goes with the next rounds.
  private func takeBack(_ upload: Upload) async {
    for step in upload.dependants.steps(of: Self.stepSize) {
      queue.untie(step)
      await reactor.yield()
    }
    for step in upload.entered.steps(of: Self.stepSize).reversed() {
      queue.unstage(Array(step), now: .current)
      await reactor.yield()
    }
    queue.withdraw(upload.written.map { .withdraw(upload.id, first: $0) })
    wakeup.signal()
  }

  private func write(
    _ steps: [UploadStep], limits: [(group: LimitGroup, limit: Int)] = []
  ) async throws(QueueError) {
    var batch = StoreBatch()
    batch.uploads = steps
    batch.limits = limits
    do throws(StoreError) {
      if try await store.commit(batch) { await store.checkpoint() }
    } catch { throw QueueError(error) }
  }
}

extension Array {
  /// The elements in slices of at most `size`.
  func steps(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
