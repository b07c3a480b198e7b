import Jobs
import Platform

extension QueueActor {
  /// The states of listed jobs as they are now, in order; for batches of at most about 1000. Jobs
  /// that were deleted meanwhile are left out.
  public func render(_ listed: [ListedJob], std: Bool, env: Bool) async throws(QueueError)
    -> [JobStatus]
  {
    var showing = showing(env: env)
    var statuses = queue.statuses(listed, &showing)
    var gone: [(index: Int, key: JobKey)] = []
    var rows: [(index: Int, row: Int64)] = []
    for (index, entry) in listed.enumerated() where statuses[index] == nil {
      switch entry.place {
      // A complete job keeps its number; its key may be that of a later one by now.
      case .live(let id, nil): rows.append((index, id.number))
      case .live(_, let key?): gone.append((index, key))
      case .history(let row): rows.append((index, row))
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
          statuses[index] = byID[row].map { queue.status($0, &showing, as: listed[index]) }
        }
      }
      if std { try await fillOutputs(of: listed, in: &statuses) }
    } catch { throw QueueError(error) }
    return statuses.compactMap { $0 }
  }

  private func fillOutputs(of listed: [ListedJob], in statuses: inout [JobStatus?])
    async throws(StoreError)
  {
    let wanted = listed.indices.filter { index in
      listed[index].mayShowOutput && statuses[index].map { mayHaveOutput($0.job) } ?? false
    }
    if wanted.isEmpty { return }
    let outputs = try await history.outputs(of: wanted.compactMap { statuses[$0]?.job.id })
    for index in wanted {
      guard let id = statuses[index]?.job.id, let output = outputs[id] else { continue }
      statuses[index]?.stdout = output.stdout
      statuses[index]?.stderr = output.stderr
    }
  }

  /// A moment at which jobs are shown: this one.
  func showing(env: Bool = false) -> Showing {
    Showing(now: .current, mode: mode, environments: env ? environments : nil)
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
    var showing = showing()
    let holders = queue.holders.sorted { $0.key < $1.key }.prefix(100)
    overview.running = queue.statuses(of: holders.map(\.value), &showing)
    overview.warnings = warnings.all
    return overview
  }

  /// Takes all warnings: they are forgotten (GET /warnings/ is destructive).
  public func takeWarnings() -> [Warning] { warnings.takeAll() }

  public func warn(_ message: String) {
    warnings.add(message, at: Now.current.timestamp)
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
