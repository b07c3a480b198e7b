import Jobs

extension JobQueue {
  /// What became of the specs of one request.
  struct Admission {
    /// For each spec that is now in the queue, in the order given, its job.
    var jobs: [JobID] = []
    /// Those of them that are new.
    var new: [JobID] = []
    /// Complete jobs that wait again, because jobs have joined what they depend on.
    var resurrected: [JobID] = []
  }

  /// What the history says that an adding must know.
  struct History {
    /// Which of the keys to be added are complete.
    var complete: Set<JobKey> = []
    /// Complete jobs that depend on groups of those to be added, or on groups of one another.
    var dependants: [Job] = []
    /// Groups depended on that jobs have joined at some time.
    var joined: Set<DepGroup> = []
  }

  /// Whether a spec with this key must wait until the next round: its predecessor's end or
  /// deletion is not on disk yet, and it would take its place.
  func mustWait(_ key: JobKey, rerun: Bool) -> Bool {
    guard mayHaveLeaving, let id = keys[key], let record = table[id], record.isLeaving else {
      return false
    }
    if case .deleted = record.job.state { return true }
    return rerun
  }

  /// The same for some of the keys of many specs.
  func mustWait(forAnyOf keys: [JobKey], _ rerun: [Bool]) -> Bool {
    mayHaveLeaving && zip(keys, rerun).contains { mustWait($0, rerun: $1) }
  }

  /// The keys of live jobs.
  func keys(of ids: [JobID]) -> [JobKey] {
    ids.compactMap { id in table.look(at: id) { $0.job.key } }
  }

  /// Takes new jobs in, staged: all of them or, when an error is thrown, none.
  ///
  /// - Parameters:
  ///   - keys: of `specs`, in the same order.
  ///   - rerun: for each spec, whether it runs again if it is complete.
  ///   - begin: is given those of many new jobs that may be written from now on, a piece at a time;
  ///     the next round has them too.
  mutating func add(
    _ specs: [JobSpec], keys newKeys: [JobKey], rerun: [Bool], history: History = History(),
    now: Now, begin: ([Job]) -> Void = { _ in }
  ) throws(QueueError) -> Admission {
    var admission = Admission()
    // Nothing is refused, and nothing changes before the round, where none depends on others.
    let isPlain =
      specs.count >= pieceSize && history.dependants.isEmpty
      && specs.unlike.allSatisfy(\.dependencies.isEmpty)
    admission.jobs.reserveCapacity(specs.count)
    admission.new.reserveCapacity(specs.count)
    var dependants: [JobID] = []
    var duplicates: [(JobID, RepGroup)] = []
    for (index, spec) in specs.enumerated() {
      let key = newKeys[index]
      switch fate(of: key, isComplete: history.complete.contains(key), rerun: rerun[index]) {
      case .complete: continue
      case .queued(let id):
        admission.jobs.append(id)
        duplicates.append((id, spec.repGroup))
      case .new:
        let id = stage(spec, key: key, now: now)
        if history.complete.contains(key) { reruns.insert(id) }
        admission.jobs.append(id)
        admission.new.append(id)
        provide(key, spec.depGroups)
        if !spec.dependencies.isEmpty { dependants.append(id) }
        if isPlain, admission.new.count % pieceSize == 0 { begin(takePiece(pieceSize)) }
      }
    }
    if !history.dependants.isEmpty {
      admission.resurrected = resurrect(
        history.dependants, because: Set(admission.new.flatMap { table[$0]!.job.spec.depGroups }),
        asked: Set(newKeys), now: now)
    }
    provide(admission.resurrected)
    dependants += admission.resurrected
    // All provide before any depends, so that the order inside a request does not matter.
    depend(dependants, joined: history.joined)
    precondition(!isPlain || dependants.isEmpty, "what is begun cannot be refused")
    do {
      try refuseCycles(through: dependants)
    } catch {
      unstage(admission.new + admission.resurrected, now: now)
      throw error
    }
    let new = duplicates.isEmpty ? [] : Set(admission.new)
    for (id, group) in duplicates where !new.contains(id) { join(id, group) }
    return admission
  }

  /// What becomes of a spec that is added.
  enum Fate: Hashable {
    /// Nothing: it is complete, and not to run again.
    case complete
    /// It is in the queue already.
    case queued(JobID)
    case new
  }

  /// - Parameter isComplete: whether the history has its key.
  func fate(of key: JobKey, isComplete: Bool, rerun: Bool) -> Fate {
    if let id = keys[key] { return table[id]?.isLeaving == true ? .complete : .queued(id) }
    return isComplete && !rerun ? .complete : .new
  }

  private mutating func stage(
    _ spec: JobSpec, key: JobKey, inUpload: Bool = false, now: Now
  ) -> JobID {
    let id = JobID(nextJobID)
    nextJobID += 1
    var spec = spec
    traits.share(&spec)
    stage(
      Job(id: id, key: key, spec: spec, addedAt: now.timestamp, state: .ready), inUpload: inUpload)
    return id
  }

  /// Queues complete jobs again whose groups new jobs have joined, and those that depend on the
  /// groups of these, and so on (behaviour.md §4.6); but none that the request itself asked for.
  ///
  /// - Parameter groups: those of the new jobs.
  mutating func resurrect(
    _ dependants: [Job], because groups: Set<DepGroup>, asked: Set<JobKey>,
    inUpload: Bool = false, now: Now
  ) -> [JobID] {
    var joined = groups
    var waiting = dependants.filter { keys[$0.key] == nil && !asked.contains($0.key) }
    var resurrected: [JobID] = []
    while true {
      let awakened = waiting.filter { $0.spec.dependsOn(anyOf: joined) }
      if awakened.isEmpty { return resurrected }
      waiting.removeAll { $0.spec.dependsOn(anyOf: joined) }
      for job in awakened where keys[job.key] == nil {
        let id = stage(job.spec, key: job.key, inUpload: inUpload, now: now)
        reruns.insert(id)
        resurrected.append(id)
        joined.formUnion(job.spec.depGroups)
      }
    }
  }

  /// Ties what depends on new jobs to them.
  mutating func provide(_ new: some Sequence<JobID>) {
    for id in new {
      guard let (key, groups) = provided(by: id) else { continue }
      provide(key, groups)
    }
  }

  private mutating func provide(_ key: JobKey, _ groups: [DepGroup]) {
    for dependant in graph.provide(key: key, groups: groups) { dependencyAdded(to: dependant) }
  }

  /// Ties new jobs to what they depend on.
  ///
  /// - Parameter joined: groups depended on that jobs have joined at some time.
  mutating func depend(_ new: some Sequence<JobID>, joined: Set<DepGroup>) {
    for id in new where !dependsOnNothing(id) {
      let job = table[id]!.job
      let prerequisites = job.spec.prerequisites
      let unmet = graph.depend(id, on: prerequisites, joined: joined) { [keys, table] key in
        keys[key].map { table[$0]?.isLeaving == false } ?? false
      }
      table.update(id) { $0.unmet = unmet }
      if unmet > 0, case .ready = job.state { turn(id, to: .dependent) }
    }
  }

  private func dependsOnNothing(_ id: JobID) -> Bool {
    table.look(at: id) { $0.job.spec.dependencies.isEmpty }!
  }

  func refuseCycles(through new: [JobID]) throws(QueueError) {
    // A circle that was not there before goes through a new job with dependencies.
    let roots = new.filter { !dependsOnNothing($0) }
    guard !roots.isEmpty,
      let circle = graph.cycle(through: roots, provides: { provided(by: $0) })
    else { return }
    throw refusal(of: circle)
  }

  /// What other jobs may depend on of a live job; nil if there is no such job.
  func provided(by id: JobID) -> (JobKey, [DepGroup])? {
    table.look(at: id) { ($0.job.key, $0.job.spec.depGroups) }
  }

  func refusal(of circle: [DependencyGraph.Vertex]) -> QueueError {
    .invalid("the jobs would wait for each other for ever: \(words(for: circle))")
  }

  private func words(for cycle: [DependencyGraph.Vertex]) -> String {
    let parts = cycle.compactMap { vertex -> String? in
      switch vertex {
      case .job(let id): table[id].map { "\"\($0.job.spec.cmd)\"" }
      case .prerequisite(.group(let group)): "dependency group \"\(group)\""
      case .prerequisite(.key): nil
      }
    }
    let (named, more) = (parts.prefix(Self.namedLinks), parts.count - Self.namedLinks)
    let rest = more > 0 ? ["\(more) more"] : []
    return (named + rest + parts.prefix(1)).joined(separator: " <- ")
  }

  /// How many links of a circle are named.
  private static var namedLinks: Int { 20 }
}
