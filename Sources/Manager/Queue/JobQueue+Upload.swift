import Jobs

/// Jobs of an upload, which are staged piece by piece and revealed piece by piece after a commit of
/// their own (decision 8).
///
/// All that is in the queue between these steps holds as ever, but for one thing: jobs that have
/// entered are not tied to what they depend on before `depend` was called for them, when all others
/// have entered.
extension JobQueue {
  /// What became of some jobs of an upload.
  struct Entry {
    /// Of those that are in the queue, in the order given.
    var keys: [JobKey] = []
    /// The new ones.
    var new: [JobID] = []
    /// Their numbers are used no more: of jobs that are in the queue or complete.
    var dropped: [JobID] = []
    /// Further groups of jobs that were there before the upload.
    var duplicates: [(id: JobID, group: RepGroup)] = []
    /// The keys of complete ones.
    var complete: [JobKey] = []
  }

  /// Reserves numbers for jobs that are not in the queue yet.
  mutating func reserveIDs(_ count: Int) -> Range<Int64> {
    defer { nextJobID += Int64(count) }
    return nextJobID..<nextJobID + Int64(count)
  }

  /// Whether jobs with this key cannot enter yet: what has it now may not stay, or come.
  func mustWait(toEnter key: JobKey, rerun: Bool) -> Bool {
    guard let id = keys[key], let record = table[id] else { return false }
    return record.isStaged && !record.isUploaded || mustWait(key, rerun: rerun)
  }

  /// Whether the key is that of a job of an upload that is not committed yet.
  func isUploading(_ key: JobKey) -> Bool {
    keys[key].flatMap { table[$0]?.isUploaded } ?? false
  }

  /// Takes jobs of an upload in, staged, and ties what depends on them to them.
  ///
  /// - Parameters:
  ///   - rerun: for each, whether it runs again if it is complete.
  ///   - complete: which of their keys are in the history.
  mutating func enter(
    _ jobs: ArraySlice<Job>, rerun: ArraySlice<Bool>, complete: Set<JobKey>
  ) -> Entry {
    var entry = Entry()
    for (job, rerun) in zip(jobs, rerun) {
      switch fate(of: job.key, isComplete: complete.contains(job.key), rerun: rerun) {
      case .complete:
        entry.complete.append(job.key)
        entry.dropped.append(job.id)
      case .queued(let id):
        entry.keys.append(job.key)
        entry.dropped.append(job.id)
        let group = job.spec.repGroup
        if let record = table[id], !record.isUploaded, record.job.spec.repGroup != group {
          entry.duplicates.append((id, group))
        }
      case .new:
        stage(job, inUpload: true)
        if complete.contains(job.key) { reruns.insert(job.id) }
        entry.keys.append(job.key)
        entry.new.append(job.id)
      }
    }
    provide(entry.new)
    return entry
  }

  /// Undoes `depend` for jobs of an upload that is given up: so that none waits any more when those
  /// it depends on are taken out, which could free very many at once.
  mutating func untie(_ ids: ArraySlice<JobID>) {
    for id in ids {
      guard let prerequisites = table.look(at: id, { $0.job.spec.prerequisites }) else { continue }
      graph.forget(id, dependingOn: prerequisites)
      table.update(id) { $0.unmet = 0 }
      change(id) { $0.state = .ready }
    }
  }
}
