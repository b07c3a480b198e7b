import Jobs
import Platform

extension QueueActor {
  /// Output is shown only on lists where at most so many jobs have some (behaviour.md §11.3).
  private static let outputLimit = 1000

  /// Fixes, in one step, which jobs a query gives (decision 39).
  public func select(_ selection: JobSelection) async throws(QueueError) -> [ListedJob] {
    guard let identifiers = selection.identifiers else {
      return finish(liveJobs(state: selection.state), limit: selection.limit)
    }
    let keys = identifiers.map { JobKey($0) }
    let found = try await find(keys)
    var listed: [ListedJob] = []
    for (identifier, found) in zip(identifiers, found) where !identifier.isEmpty {
      if let found {
        listed.append(found)
        continue
      }
      let group = try await select(group: identifier, selection)
      listed.append(
        contentsOf: finish(group.jobs, limit: selection.limit, omitted: group.omitted))
    }
    return markOutputs(listed)
  }

  /// Finds each of the keys, in the queue or in the history, which is asked for all at once.
  private func find(_ keys: [JobKey?]) async throws(QueueError) -> [ListedJob?] {
    var past: [JobKey: HistoryEntry?] = [:]
    while true {
      // Again after each wait: a job may have left the queue meanwhile.
      let unknown = keys.compactMap { $0 }.filter { liveJob($0) == nil && past[$0] == nil }
      if unknown.isEmpty { break }
      let entries: [JobKey: HistoryEntry]
      do throws(StoreError) {
        entries = try await history.entries(of: unknown)
      } catch { throw QueueError(error) }
      for key in unknown { past[key] = .some(entries[key]) }
    }
    return keys.map { key in
      guard let key else { return nil }
      if let id = liveJob(key) { return ListedJob(place: .live(id, key)) }
      return past[key]?.map { ListedJob(place: .history(row: $0.row)) }
    }
  }

  /// Those of the keys that jobs have, in the queue or in the history.
  public func select(_ keys: [JobKey]) async throws(QueueError) -> [ListedJob] {
    markOutputs(try await find(keys).compactMap { $0 })
  }

  private func liveJob(_ key: JobKey) -> JobID? {
    guard let id = queue.keys[key], queue.isCommitted(id) else { return nil }
    return id
  }

  /// The jobs found under a name. Of very many complete ones only as many as are to be shown.
  ///
  /// - Returns: live ones, then complete ones; and how many complete ones were left out.
  private func select(group: String, _ selection: JobSelection) async throws(QueueError)
    -> (jobs: [ListedJob], omitted: Int)
  {
    var live: [ListedJob] = []
    let groups =
      selection.search
      ? queue.repGroups.keys.filter { $0.text.containsSubstring(group) }.sorted()
      : [RepGroup(group)]
    for repGroup in groups {
      for id in queue.members(of: repGroup) {
        guard let job = queue.committed(id), selection.state?.admits(job.state) ?? true else {
          continue
        }
        live.append(ListedJob(live: job, repGroup: repGroup))
      }
    }
    guard selection.state == nil || selection.state == .complete else { return (live, 0) }
    let shown = Set(
      live.compactMap { if case .live(_, let key) = $0.place { key } else { nil } })
    let complete: (entries: [HistoryEntry], omitted: Int)
    do throws(StoreError) {
      complete =
        selection.search
        ? (try await history.entries(containing: group, except: shown), 0)
        : try await history.entries(of: RepGroup(group), except: shown, limit: selection.limit)
    } catch { throw QueueError(error) }
    let name = selection.search ? nil : RepGroup(group)
    return (
      live
        + complete.entries.map { ListedJob(place: .history(row: $0.row), repGroup: name) },
      complete.omitted
    )
  }

  private func liveJobs(state: StateFilter?) -> [ListedJob] {
    var listed: [ListedJob] = []
    queue.table.visit { record in
      guard let job = queue.committed(record.job.id), state?.admits(job.state) ?? true else {
        return
      }
      listed.append(ListedJob(live: job))
    }
    return listed
  }

  private func finish(_ listed: [ListedJob], limit: Int, omitted: Int = 0) -> [ListedJob] {
    markOutputs(limit > 0 ? grouped(listed, limit: limit, omitted: omitted) : listed)
  }

  /// At most `limit` jobs of each class; the last shown of a class says how many are not.
  ///
  /// - Parameter omitted: how many complete jobs are not even listed.
  private func grouped(_ listed: [ListedJob], limit: Int, omitted: Int) -> [ListedJob] {
    struct Class: Hashable {
      var state: String
      var exitCode: Int
      var reason: FailReason?
    }
    // All complete jobs are of one class.
    let complete = Class(state: JobState.complete.name, exitCode: 0, reason: nil)
    var shown: [ListedJob] = []
    var members: [Class: (count: Int, last: Int)] = [:]
    for entry in listed {
      var kind = complete
      if case .live(let id, _) = entry.place, let job = queue.committed(id) {
        // Running counts as reserved when jobs are grouped (behaviour.md §11.3 item 5).
        var state = job.state.name
        if case .running = job.state { state = "reserved" }
        kind = Class(state: state, exitCode: job.run.exitCode, reason: job.run.failReason)
      }
      let member = members[kind, default: (0, 0)]
      if member.count < limit {
        members[kind] = (member.count + 1, shown.count)
        shown.append(entry)
      } else {
        shown[member.last].similar += 1
      }
    }
    if let last = members[complete]?.last { shown[last].similar += omitted }
    return shown
  }

  private func markOutputs(_ listed: [ListedJob]) -> [ListedJob] {
    let failed = listed.indices.filter { index in
      guard case .live(let id, _) = listed[index].place, let job = queue.committed(id) else {
        return false
      }
      // Also of what could not even be started: what was in the way is in its stderr.
      return job.state == .buried || job.run.failReason != nil
        || (job.run.exited && job.run.exitCode != 0)
    }
    guard failed.count <= Self.outputLimit else { return listed }
    var listed = listed
    for index in failed { listed[index].mayShowOutput = true }
    return listed
  }

  /// The states of listed jobs as they are now, in order; for batches of at most about 1000. Jobs
  /// that were deleted meanwhile are left out.
  public func render(_ listed: [ListedJob], std: Bool, env: Bool) async throws(QueueError)
    -> [JobStatus]
  {
    let now = Now.current
    var statuses: [JobStatus?] = []
    statuses.reserveCapacity(listed.count)
    var gone: [(index: Int, key: JobKey)] = []
    var rows: [(index: Int, row: Int64)] = []
    for (index, entry) in listed.enumerated() {
      switch entry.place {
      case .live(let id, let key):
        let job = queue.committed(id)
        statuses.append(job.map { status($0, at: now, as: entry, env: env) })
        if job == nil { gone.append((index, key)) }
      case .history(let row):
        statuses.append(nil)
        rows.append((index, row))
      }
    }
    do throws(StoreError) {
      for (index, key) in gone {
        if let entry = try await history.entry(of: key) { rows.append((index, entry.row)) }
      }
      if !rows.isEmpty {
        let jobs = try await history.jobs(rows: rows.map(\.row))
        let byID = Dictionary(jobs.map { ($0.id.number, $0) }, uniquingKeysWith: { $1 })
        for (index, row) in rows {
          statuses[index] = byID[row].map { status($0, at: now, as: listed[index], env: env) }
        }
      }
      if std { try await fillOutputs(of: listed, in: &statuses) }
    } catch { throw QueueError(error) }
    return statuses.compactMap { $0 }
  }

  private func fillOutputs(of listed: [ListedJob], in statuses: inout [JobStatus?])
    async throws(StoreError)
  {
    let wanted = listed.indices.filter { listed[$0].mayShowOutput && statuses[$0] != nil }
    if wanted.isEmpty { return }
    let outputs = try await history.outputs(of: wanted.compactMap { statuses[$0]?.job.id })
    for index in wanted {
      guard let id = statuses[index]?.job.id, let output = outputs[id] else { continue }
      statuses[index]?.stdout = output.stdout
      statuses[index]?.stderr = output.stderr
    }
  }

  /// A job as clients see it at `now`.
  func status(
    _ job: Job, at now: Now, as entry: ListedJob? = nil, env: Bool = false
  ) -> JobStatus {
    var status = JobStatus(job: job, repGroup: entry?.repGroup)
    status.similar = entry?.similar ?? 0
    if env {
      status.showsEnvironment = true
      status.baseEnvironment = baseEnvironment(of: job.spec) ?? []
    }
    status.job.requirements = queue.expected(job)
    status.waiting = queue.waiting(job, mode: mode, now: now)
    if case .running = job.state, let startedAt = job.run.startedAt {
      status.walltimeSoFar = max(.zero, now.timestamp - startedAt)
    }
    return status
  }

  /// Cancels what `selection` (with a state of running, lost or deletable) selects; returns when
  /// that is on disk.
  ///
  /// - Returns: the jobs acted upon: deleted ones with state `deleted`, others as they were.
  public func cancel(_ selection: JobSelection) async throws(QueueError) -> [JobStatus] {
    guard let state = selection.state, [.running, .lost, .deletable].contains(state) else {
      throw .invalid("state must be supplied as one of running|lost|deletable")
    }
    let listed = try await select(selection)
    let now = Now.current
    var seen: Set<JobID> = []
    let chosen = listed.compactMap { entry -> (JobID, JobStatus)? in
      // Keys bypass the filter of a query, so each job's state is looked at here (decision 15).
      guard case .live(let id, _) = entry.place, let job = queue.committed(id),
        state.admits(job.state), seen.insert(id).inserted
      else { return nil }
      return (id, status(job, at: now, as: entry))
    }
    if chosen.isEmpty { return [] }
    let acted: Set<JobID> = try await commit { queue, now in
      switch state {
      case .deletable: return Set(queue.delete(chosen.map(\.0)))
      case .lost:
        return Set(
          chosen.map(\.0).filter { id in
            guard case .lost? = queue.table[id]?.job.state else { return false }
            queue.confirmLost(id, now: now)
            return true
          })
      default: return Set(chosen.map(\.0).filter { queue.kill($0) })
      }
    }
    return chosen.filter { acted.contains($0.0) }.map { _, status in
      var status = status
      if state == .deletable { status.job.state = .deleted }
      return status
    }
  }

  public func overview() -> Overview {
    var overview = Overview()
    overview.host = queue.host?.name ?? ""
    overview.cores = queue.machine.cores
    overview.memory = queue.machine.memory
    // Jobs that wait on the host for room are counted, too.
    overview.coresUsed = min(queue.machine.coresUsed, Cores(queue.machine.cores))
    overview.memoryUsed = min(queue.machine.memoryUsed, queue.machine.memory)
    overview.runnerIsConnected = queue.host?.isConnected ?? false
    overview.groups = queue.tally.groups.sorted { $0.key < $1.key }.map {
      Overview.Group(repGroup: $0.key, counts: $0.value)
    }
    let now = Now.current
    overview.running = queue.holders.sorted { $0.key < $1.key }.prefix(100).compactMap {
      queue.committed($0.value).map { status($0, at: now) }
    }
    overview.warnings = warnings.all
    return overview
  }

  /// Takes all warnings: they are forgotten (GET /warnings/ is destructive).
  public func takeWarnings() -> [Warning] { warnings.takeAll() }

  public func warn(_ message: String) {
    warnings.add(message, at: Now.current.timestamp)
  }
}

extension ListedJob {
  init(live job: Job, repGroup: RepGroup? = nil) {
    self.init(place: .live(job.id, job.key), repGroup: repGroup)
  }
}

extension String {
  /// Whether `part` occurs in this string, byte by byte.
  func containsSubstring(_ part: String) -> Bool {
    let (whole, part) = (Array(utf8), Array(part.utf8))
    guard part.count <= whole.count else { return false }
    return (0...(whole.count - part.count)).contains { start in
      whole[start..<start + part.count].elementsEqual(part)
    }
  }
}
