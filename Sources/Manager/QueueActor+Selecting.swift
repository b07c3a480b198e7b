import Jobs
import Platform

/// Finding the jobs that a request is about. However many they are, others get their turn between
/// some thousand of them.
extension QueueActor {
  /// Output is shown only on lists where at most so many jobs have some (behaviour.md §11.3).
  private static let outputLimit = 1000

  /// Fixes which jobs a query gives: those of each part of it in one step (decision 39).
  public func select(_ selection: JobSelection) async throws(QueueError) -> JobList {
    var list = JobList()
    if let identifiers = selection.identifiers {
      let found = try await find(identifiers.map { JobKey($0) })
      var singles: [ListedJob] = []
      for (identifier, found) in zip(identifiers, found) where !identifier.isEmpty {
        if let found {
          singles.append(found)
          continue
        }
        list.append(singles)
        singles = []
        try await select(group: identifier, selection, into: &list)
      }
      list.append(singles)
    } else {
      var all = JobList()
      all.append(live: queue.jobs(in: selection.state))
      await limit(all, to: selection.limit, into: &list)
    }
    if selection.showsOutput { try await markOutputs(&list) }
    return list
  }

  /// The live jobs of a selection that are in its state, each once.
  func liveJobs(
    of selection: JobSelection
  ) async throws(QueueError) -> [(id: JobID, entry: ListedJob)] {
    var list = try await select(selection)
    // All jobs, and those of one group, come once each anyhow.
    let mayRepeat = selection.search || selection.identifiers?.count ?? 0 > 1
    var seen: Set<JobID> = []
    var found: [(id: JobID, entry: ListedJob)] = []
    while let piece = await nextPiece(of: &list) {
      for (entry, job) in zip(piece, queue.committed(piece)) {
        // Keys bypass the filter of a query, so each job's state is looked at here (decision 15).
        guard let job, selection.state?.admits(job.state) ?? true,
          !mayRepeat || seen.insert(job.id).inserted
        else { continue }
        found.append((job.id, entry))
      }
    }
    return found
  }

  /// Takes what is to be dealt with in one turn; from the second on, others had theirs before.
  private func nextPiece(of list: inout JobList) async -> [ListedJob]? {
    let piece = list.next(Self.pieceSize)
    if piece.isEmpty { return nil }
    if piece.count == Self.pieceSize { await reactor.yield() }
    return piece
  }

  /// Finds each of the keys, in the queue or in the history, which is asked for all at once.
  private func find(_ keys: [JobKey?]) async throws(QueueError) -> [ListedJob?] {
    var past: [JobKey: HistoryEntry?] = [:]
    while true {
      // Again after each wait: a job may have left the queue meanwhile.
      let live = queue.committed(keys)
      let unknown = zip(keys, live).compactMap { key, id in
        if let key, id == nil, past[key] == nil { key } else { nil }
      }
      if unknown.isEmpty {
        return zip(keys, live).map { key, id in
          guard let key else { return nil }
          if let id { return ListedJob(place: .live(id, key)) }
          return past[key]?.map { ListedJob(place: .history(row: $0.row)) }
        }
      }
      let entries: [JobKey: HistoryEntry]
      do throws(StoreError) {
        entries = try await history.entries(of: unknown)
      } catch { throw QueueError(error) }
      for key in unknown { past[key] = .some(entries[key]) }
    }
  }

  /// Those of the keys that jobs have, in the queue or in the history.
  public func select(_ keys: [JobKey]) async throws(QueueError) -> JobList {
    JobList(try await find(keys).compactMap { $0 })
  }

  /// Appends the jobs found under a name: live ones, then complete ones. Of very many complete
  /// ones only as many are looked for as are to be shown.
  private func select(
    group: String, _ selection: JobSelection, into list: inout JobList
  ) async throws(QueueError) {
    let groups =
      selection.search
      ? queue.repGroups.keys.filter { $0.text.containsSubstring(group) }.sorted()
      : [RepGroup(group)]
    var found = JobList()
    for repGroup in groups {
      found.append(live: queue.members(of: repGroup, in: selection.state), by: repGroup)
    }
    var omitted = 0
    if selection.state == nil || selection.state == .complete {
      let live = await keys(of: found)
      do throws(StoreError) {
        let complete =
          selection.search
          ? (entries: try await history.entries(containing: group, except: live.keys), omitted: 0)
          : try await history.entries(
            of: RepGroup(group), except: live.keys, limit: selection.limit)
        let rows = complete.entries.map(\.row)
        found.append(
          complete: live.gone.isEmpty ? rows : rows.filter { !live.gone.contains($0) },
          by: selection.search ? nil : RepGroup(group))
        omitted = complete.omitted
      } catch { throw QueueError(error) }
    }
    await limit(found, to: selection.limit, omitted: omitted, into: &list)
  }

  /// The keys of live jobs, and the numbers of those that have left the queue since they were found:
  /// they are on the list already, and must not be found in the history again.
  private func keys(of list: JobList) async -> (keys: [JobKey], gone: Set<Int64>) {
    var list = list
    var keys: [JobKey] = []
    var gone: Set<Int64> = []
    while let piece = await nextPiece(of: &list) {
      for (entry, job) in zip(piece, queue.committed(piece)) {
        if let job {
          keys.append(job.key)
        } else if case .live(let id, _) = entry.place {
          gone.insert(id.number)
        }
      }
    }
    return (keys, gone)
  }

  /// Appends at most `limit` jobs of each class, of whom the last says how many are not shown; all
  /// for 0.
  ///
  /// - Parameter omitted: how many complete jobs are not even listed.
  private func limit(
    _ jobs: JobList, to limit: Int, omitted: Int = 0, into list: inout JobList
  ) async {
    guard limit > 0 else { return list.append(jobs) }
    struct Class: Hashable {
      var state: String
      var exitCode: Int
      var reason: FailReason?
    }
    // All complete jobs are of one class.
    let complete = Class(state: JobState.complete.name, exitCode: 0, reason: nil)
    var jobs = jobs
    var shown: [ListedJob] = []
    var members: [Class: (count: Int, last: Int)] = [:]
    while let piece = await nextPiece(of: &jobs) {
      for (entry, job) in zip(piece, queue.committed(piece)) {
        var kind = complete
        if let job {
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
    }
    if let last = members[complete]?.last { shown[last].similar += omitted }
    list.append(shown)
  }

  /// Notes whether outputs may be shown: not if too many have some.
  private func markOutputs(_ list: inout JobList) async throws(QueueError) {
    var rest = list
    var having: Set<JobID> = []
    while let piece = await nextPiece(of: &rest) {
      for case let job? in queue.committed(piece) where mayHaveOutput(job) {
        having.insert(job.id)
      }
      let complete = piece.compactMap { entry in
        if case .history(let row) = entry.place { JobID(row) } else { nil }
      }
      if !complete.isEmpty {
        do throws(StoreError) {
          having.formUnion(try await history.haveOutput(among: complete))
        } catch { throw QueueError(error) }
      }
      if having.count > Self.outputLimit { return }
    }
    list.showsOutput = true
  }

  /// Also what could not even be started: what was in the way is in its stderr.
  func mayHaveOutput(_ job: Job) -> Bool {
    job.state == .buried || job.run.failReason != nil || (job.run.exited && job.run.exitCode != 0)
      || (job.state == .complete && job.spec.keepsOutput)
  }
}
