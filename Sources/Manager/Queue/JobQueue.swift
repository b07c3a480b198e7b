import Jobs
import Platform

/// The state of all live jobs and every way in which it may change: a value without I/O.
///
/// Transitions change memory at once and note what must be written. A round gathers all of that
/// (`takeRound`), is committed, and is then settled (`settle`) or given up (`abandon`). Until a
/// change is settled, `committed(_:)` still shows the job as it is on disk, but for whether it is
/// dependent or ready (docs/decisions/010-dependent-or-ready.md); new jobs stay staged,
/// invisible and not placeable; and jobs that are complete or deleted stay in the table.
struct JobQueue {
  var table = JobTable()
  var keys = PartedDictionary<JobKey, JobID>()
  /// Settled jobs by every group they are to be found under.
  var repGroups: [RepGroup: GroupMembers] = [:]
  /// How many jobs have left the queue since the start.
  private(set) var departures = 0
  /// Jobs that run again: the history has their keys still.
  var reruns: Set<JobID> = []
  var graph = DependencyGraph()
  var ready = ReadyOrder()
  var delays = Heap<Delay>()
  /// Jobs by the group they were added with.
  var tally = Tally()
  /// The same jobs by the other groups they are found under.
  var jointTally = Tally()
  var machine: Machine
  /// The runner host that may be given jobs, if one is connected.
  var host: Host?
  /// The job that each current attempt holds.
  var holders: [AttemptID: JobID] = [:]
  /// What each reserved, running or lost job takes.
  var holdings: [JobID: Holding] = [:]
  /// How many of those are lost.
  private(set) var lostCount = 0
  var limitGroups: LimitGroups
  /// When windows of time that hold jobs up next open or close.
  var windowChanges: [LimitGroup: Instant] = [:]
  var learning = Learning()
  /// What the last placing kept room for.
  var reservation: Backfill.Reservation?
  var random: SplitMix64
  /// What jobs have in common, also those of different requests.
  var traits = JobTraitsPool()

  var nextJobID: Int64 = 1
  private var attemptNumber: UInt64

  /// What the last settled commit says of jobs that have changed since.
  var shadow: [JobID: Job] = [:]
  private var dirty: [JobID] = []
  private var staged: [JobID] = []
  /// Staged jobs that nothing changes before their round.
  private var pieces: [[Job]] = []
  /// How many jobs are written at once while more of their request are staged.
  var pieceSize = 1000
  /// As they were when the round was taken, in the order in which they changed.
  private var inFlight: [Job] = []
  private var stagedInFlight: [JobID] = []
  private var outputs: [JobOutput] = []
  private var memberships: [(group: RepGroup, key: JobKey)] = []
  private var limits: [(group: LimitGroup, limit: Int)] = []
  private var lessons: [Learning.Lesson] = []
  private var changedSpecs: Set<JobID> = []
  private var environments: [EnvironmentKey: [String]] = [:]
  private var newLocalHost: StoredHost?
  /// What is left on disk of uploads that were given up.
  private var withdrawals: [UploadStep] = []
  private var effects: [Effect] = []
  private var roundInFlight: Round?

  /// When a delayed job is to be looked at; void if the job has moved on by then.
  struct Delay: Comparable {
    var due: Instant
    var job: JobID
    /// As the job's state has it, so that one that has been delayed anew is told apart.
    var until: Timestamp
    static func < (a: Self, b: Self) -> Bool { (a.due, a.job) < (b.due, b.job) }
  }

  /// What a job takes while it is with a host.
  struct Holding: Hashable {
    var room: Machine.Room
    /// As they were when it was reserved: these are given back, whatever the job says then.
    var limitGroups: [LimitGroup]
    var expectedEnd: Instant
    /// Until when it counts as one that takes a moment only; nil if it was not known to be.
    var shortUntil: Instant?
    /// The job as it was before it was reserved; nil if that was before the start.
    var before: Job?
  }

  /// A runner host and how well we are in touch with it.
  struct Host: Hashable {
    var incarnation: Incarnation
    var name: String
    var id: String
    var ip: String
    /// Orders may be sent.
    var isConnected: Bool
    var lastSeen: Instant
  }

  /// How long a host may be out of touch before its jobs are lost (behaviour.md §0.1, TTR).
  static let timeToRelease = Duration.seconds(60)

  /// - Parameters:
  ///   - generation: durable, greater at every start: makes attempt numbers unique for ever.
  ///   - localOffset: seconds by which local time is ahead of UTC at a time.
  init(
    machine: Machine, generation: UInt64, seed: UInt64,
    localOffset: @escaping @Sendable (Timestamp) -> Int
  ) {
    self.machine = machine
    limitGroups = LimitGroups(localOffset: localOffset)
    attemptNumber = generation << 32
    random = SplitMix64(seed: seed)
  }

  // MARK: Reading

  /// A live job as the disk knows it; nil if it is not there, or not yet.
  func committed(_ id: JobID) -> Job? {
    guard let (job, isStaged) = table.look(at: id, { ($0.job, $0.isStaged) }), !isStaged else {
      return nil
    }
    return shadow.isEmpty ? job : shadow[id] ?? job
  }

  /// Whether `committed(_:)` has a job.
  func isCommitted(_ id: JobID) -> Bool { table.isStaged(id) == false }

  /// When something is due by itself.
  var nextDeadline: Instant? {
    var deadlines = Array(windowChanges.values)
    if let delay = delays.first { deadlines.append(delay.due) }
    if let host, holders.count > lostCount { deadlines.append(host.lastSeen + Self.timeToRelease) }
    return deadlines.min()
  }

  var hasChanges: Bool {
    !(dirty.isEmpty && staged.isEmpty && pieces.isEmpty && memberships.isEmpty && limits.isEmpty
      && outputs.isEmpty && lessons.isEmpty && environments.isEmpty && effects.isEmpty
      && newLocalHost == nil && withdrawals.isEmpty)
  }

  // MARK: Changing

  /// The one way in which a live job changes.
  mutating func change(_ id: JobID, _ transition: (inout Job) -> Void) {
    let (before, after, alsoIn, wasStaged, becameDirty) = table.update(id) { record in
      let before = record.job
      transition(&record.job)
      let becameDirty = !record.isDirty && !record.isStaged
      if becameDirty { record.isDirty = true }
      return (before, record.job, record.alsoIn, record.isStaged, becameDirty)
    }
    if becameDirty {
      dirty.append(id)
      if shadow[id] == nil { shadow[id] = before }
    }
    lostCount += (after.state.isLost ? 1 : 0) - (before.state.isLost ? 1 : 0)
    if !wasStaged { count(before, after, alsoIn: alsoIn) }
  }

  /// Makes a job that waits dependent or ready. Of one that is as it was added nothing is written:
  /// at a start it is found out anew (decision 10).
  mutating func turn(_ id: JobID, to state: JobState) {
    let turned = table.update(id) { record -> (Job, Job, [RepGroup])? in
      guard !record.isDirty, !record.isStaged, record.job.isAsAdded else { return nil }
      let before = record.job
      record.job.state = state
      return (before, record.job, record.alsoIn)
    }
    guard let (before, after, alsoIn) = turned else { return change(id) { $0.state = state } }
    count(before, after, alsoIn: alsoIn)
  }

  private mutating func count(_ before: Job, _ after: Job, alsoIn: [RepGroup]) {
    guard before.state.name != after.state.name else { return }
    tally.leave(before.spec.repGroup, before.state)
    tally.enter(after.spec.repGroup, after.state)
    for group in alsoIn {
      jointTally.leave(group, before.state)
      jointTally.enter(group, after.state)
    }
  }

  /// Whether some job may be complete or deleted without that being on disk.
  var mayHaveLeaving: Bool { !dirty.isEmpty || !inFlight.isEmpty }

  mutating func ask(_ effect: Effect) { effects.append(effect) }

  mutating func note(_ output: JobOutput) {
    outputs.removeAll { $0.job == output.job }
    outputs.append(output)
  }

  mutating func setLimits(_ new: [(group: LimitGroup, limit: Int)]) {
    limits.append(contentsOf: new)
  }

  /// Has an environment stored for jobs to share.
  mutating func keep(_ environment: [String], _ key: EnvironmentKey) {
    environments[key] = environment
  }

  /// Takes in what the end of an attempt teaches.
  mutating func learn(_ new: [Learning.Lesson]) {
    let fresh = new.filter { learning.record($0) }
    guard let group = fresh.first?.group else { return }
    lessons.append(contentsOf: fresh)
    ready.reestimate(
      group, requirements: { $0.requirements(learning, machine: machine) },
      size: { machine.size(of: $0) })
  }

  /// What a job that waits is now expected to need; of any other, what it was last given.
  func expected(_ job: Job) -> Requirements {
    guard case .ready = job.state else { return job.requirements }
    return Estimate(of: job).requirements(learning, machine: machine)
  }

  /// Notes that the specification of a live job is no longer what it was added with.
  mutating func noteChangedSpec(_ id: JobID) {
    if table[id]?.isStaged == false { changedSpecs.insert(id) }
  }

  /// Makes the memberships of a job hold for its key, which is new.
  mutating func renewMemberships(_ id: JobID) {
    guard let record = table[id] else { return }
    memberships.append(contentsOf: record.alsoIn.map { ($0, record.job.key) })
  }

  /// Whether a job that depends on one of the groups has just become complete, which the history
  /// does not show yet.
  func isLeaving(dependantOf groups: Set<DepGroup>) -> Bool {
    guard !groups.isEmpty else { return false }
    return dirty.contains { id in
      guard let record = table[id], record.isLeaving, record.job.state == .complete else {
        return false
      }
      return record.job.spec.dependsOn(anyOf: groups)
    }
  }

  /// Makes a live job findable under one more group.
  mutating func join(_ id: JobID, _ group: RepGroup) {
    guard let record = table[id], record.job.spec.repGroup != group,
      !record.alsoIn.contains(group)
    else { return }
    table.update(id) { $0.alsoIn.append(group) }
    memberships.append((group, record.job.key))
    repGroups[group, default: GroupMembers()].append(id)
    if !record.isStaged { jointTally.enter(group, record.job.state) }
  }

  /// Has the rows of an upload that is given up taken away, in so many steps.
  mutating func withdraw(_ steps: [UploadStep]) { withdrawals.append(contentsOf: steps) }

  mutating func rememberLocalHost(_ stored: StoredHost) { newLocalHost = stored }

  /// Counts a job that was lost already when it was read from the store.
  mutating func noteRestoredLoss() { lostCount += 1 }

  mutating func nextAttemptID() -> AttemptID {
    attemptNumber += 1
    return AttemptID(attemptNumber)
  }

  /// Takes a new job in, staged for the next round or, in an upload, for the commit of that.
  mutating func stage(_ job: consuming Job, inUpload: Bool = false) {
    keys[job.key] = job.id
    if !inUpload { staged.append(job.id) }
    table.insert(JobTable.Record(job: job, isStaged: true, isUploaded: inUpload))
  }

  /// Takes staged jobs out again, as if they had never come.
  mutating func unstage(_ ids: [JobID], now: Now) {
    let gone = Set(ids)
    staged.removeAll { gone.contains($0) }
    for id in ids.reversed() { remove(id, now: now) }
  }

  /// Makes the jobs that were staged last, so many, a piece of the round that is to come.
  mutating func takePiece(_ count: Int) -> [Job] {
    let piece = staged.suffix(count).map { id in table.look(at: id) { $0.job }! }
    staged.removeLast(count)
    pieces.append(piece)
    return piece
  }

  // MARK: Rounds

  /// Gathers all that is to be written now. At most one round may be under way.
  mutating func takeRound() -> Round {
    precondition(roundInFlight == nil, "a round is already under way")
    var round = Round(effects: effects)
    for id in dirty {
      guard let job = table[id]?.job else { preconditionFailure("dirty job \(id.number) is gone") }
      inFlight.append(job)
      table.update(id) { $0.isDirty = false }
      switch job.state {
      case .complete: round.batch.completions.append(job)
      case .deleted: round.batch.deletions.append(id)
      default: round.batch.puts.append(job)
      }
    }
    round.batch.puts.reserveCapacity(round.batch.puts.count + staged.count)
    for id in staged {
      if let job = table.look(at: id, { $0.job }) { round.batch.puts.append(job) }
    }
    round.batch.outputs = outputs
    round.batch.memberships = memberships
    round.batch.limits = limits
    round.batch.lessons = lessons
    round.batch.changedSpecs = changedSpecs
    round.batch.environments = environments
    round.batch.localHost = newLocalHost
    // One at a time: each takes some thousand rows away.
    round.batch.uploads = Array(withdrawals.prefix(1))
    assert(pieces.joined().allSatisfy { piece in table[piece.id]?.job == piece })
    round.batch.pieces = pieces
    round.batch.mayUseReserve = staged.isEmpty && pieces.isEmpty
    // In the order in which they came.
    stagedInFlight = pieces.isEmpty ? staged : (staged + pieces.joined().map(\.id)).sorted()
    pieces = []
    (dirty, staged, outputs, memberships, limits, effects) = ([], [], [], [], [], [])
    (lessons, changedSpecs, environments) = ([], [], [:])
    newLocalHost = nil
    roundInFlight = round
    return round
  }

  /// The round is on disk: what it said is now what clients see.
  ///
  /// - Returns: whether jobs may have room by this alone: new ones, or under new limits.
  @discardableResult
  mutating func settle(now: Now) -> Bool {
    let limits = roundInFlight?.batch.limits ?? []
    let mayPlace = !limits.isEmpty || !stagedInFlight.isEmpty
    enforce(limits)
    let withdrawn = roundInFlight?.batch.uploads.count ?? 0
    withdrawals.removeFirst(withdrawn)
    roundInFlight = nil
    for written in inFlight {
      let id = written.id
      guard let record = table[id] else { continue }
      if written.state == .complete || written.state == .deleted {
        leave(id, written)
      } else if record.isDirty {
        shadow[id] = written
      } else {
        shadow[id] = nil
      }
    }
    inFlight = []
    let revealed = stagedInFlight
    stagedInFlight = []
    reveal(revealed[...], now: now)
    return mayPlace
  }

  /// Limits of limit groups are in force from now on.
  mutating func enforce(_ limits: [(group: LimitGroup, limit: Int)]) {
    for (group, limit) in limits {
      limitGroups.set(limit, of: group)
      ready.unpark(group)
    }
  }

  /// Staged jobs are on disk: they are seen, and may be placed.
  mutating func reveal(_ ids: ArraySlice<JobID>, now: Now) {
    var rest = ids
    while let first = rest.first, let job = table[first]?.job {
      // Most jobs of a request are alike.
      let alike = rest.prefix { id in
        table.look(at: id) {
          $0.job.spec.traitsIdentity == job.spec.traitsIdentity && $0.job.state == job.state
        } ?? false
      }
      rest = rest[alike.endIndex...]
      reveal(alike, like: job, now: now)
    }
  }

  /// Reveals jobs with the traits and in the state of `job`.
  private mutating func reveal(_ ids: ArraySlice<JobID>, like job: Job, now: Now) {
    for id in ids {
      let alsoIn = table.update(id) { record in
        record.isStaged = false
        record.isUploaded = false
        return record.alsoIn
      }
      for group in alsoIn { jointTally.enter(group, job.state) }
    }
    tally.enter(job.spec.repGroup, job.state, count: ids.count)
    repGroups[job.spec.repGroup, default: GroupMembers()].append(contentsOf: ids)
    guard case .ready = job.state else { return }
    enqueue(job.id, now: now)
    let line = table.look(at: job.id) { $0.line } ?? -1
    for id in ids.dropFirst() {
      if line >= 0 {
        ready.insert(id, into: line)
        table.update(id) { $0.line = line }
      } else {
        enqueue(id, now: now)
      }
    }
  }

  /// The round is not on disk: staged jobs are dropped, all else is pending again.
  mutating func abandon(now: Now) {
    guard let round = roundInFlight else { return }
    roundInFlight = nil
    let dropped = stagedInFlight
    stagedInFlight = []
    unstage(dropped, now: now)
    for id in inFlight.map(\.id) where table[id]?.isDirty == false {
      table.update(id) { $0.isDirty = true }
      dirty.append(id)
    }
    inFlight.removeAll(keepingCapacity: true)
    let newer = Set(outputs.map(\.job))
    outputs = round.batch.outputs.filter { !newer.contains($0.job) } + outputs
    memberships = round.batch.memberships + memberships
    lessons = round.batch.lessons + lessons
    changedSpecs.formUnion(round.batch.changedSpecs)
    environments.merge(round.batch.environments) { new, _ in new }
    newLocalHost = newLocalHost ?? round.batch.localHost
    effects = round.effects + effects
  }

  /// A job's end is on disk: it leaves the queue.
  private mutating func leave(_ id: JobID, _ written: Job) {
    tally.leave(written.spec.repGroup, written.state)
    if keys[written.key] == id { keys[written.key] = nil }
    shadow[id] = nil
    departures += 1
    reruns.remove(id)
    let alsoIn = table.remove(id)?.alsoIn ?? []
    for group in alsoIn { jointTally.leave(group, written.state) }
    let groups = [written.spec.repGroup] + alsoIn
    for group in groups where repGroups[group]?.lost(among: table) == true {
      repGroups[group] = nil
    }
  }

  /// Removes a staged job with all its traces.
  private mutating func remove(_ id: JobID, now: Now) {
    guard let record = table.remove(id) else { return }
    let job = record.job
    if keys[job.key] == id { keys[job.key] = nil }
    reruns.remove(id)
    graph.forget(id, dependingOn: job.spec.prerequisites)
    for dependant in graph.withdraw(key: job.key, groups: job.spec.depGroups, neverWas: true) {
      dependencyMet(of: dependant, now: now)
    }
  }
}
