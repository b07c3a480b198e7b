import Jobs

/// Jobs that a client sends in pieces and that are added all at once, or not at all (decision 8).
struct Upload {
  /// Jobs that are on disk, and not in the queue yet.
  struct Piece {
    var jobs: [Job]
    /// For each, whether it runs again if it is complete.
    var rerun: [Bool]
  }

  let id: UploadID
  var pieces: [Piece] = []
  /// The first job of each piece that is, or may be, on disk.
  var written: [JobID] = []

  // Filled when it is finished:

  /// New jobs that are in the queue, staged.
  private(set) var entered: [JobID] = []
  /// Those of them that depend on anything.
  private(set) var dependants: [JobID] = []
  /// What others depend on them by.
  private(set) var groups: Set<DepGroup> = []
  private(set) var duplicates: [(id: JobID, group: RepGroup)] = []
  /// The keys of jobs that are complete, and are left so.
  private(set) var complete: Set<JobKey> = []
  /// The keys of what is in the queue, in the order sent.
  private(set) var keys: [JobKey] = []
  private(set) var newCount = 0

  init(_ id: UploadID) { self.id = id }

  /// Notes what became of some of the jobs.
  mutating func take(_ entry: JobQueue.Entry, _ queue: JobQueue) {
    note(entry.new, queue)
    duplicates += entry.duplicates
    complete.formUnion(entry.complete)
    keys += entry.keys
    newCount += entry.new.count
  }

  /// Notes new jobs, be they asked for or not.
  mutating func note(_ new: [JobID], _ queue: JobQueue) {
    entered += new
    for id in new {
      guard let spec = queue.table[id]?.job.spec else { continue }
      if !spec.dependencies.isEmpty { dependants.append(id) }
      groups.formUnion(spec.depGroups)
    }
  }
}

/// The uploads of a manager that are not over. One at a time is finished: two that have jobs in
/// common could wait for each other for ever.
struct Uploads {
  /// Those that pieces are added to.
  var open: [UploadID: Upload] = [:]
  private(set) var isFinishing = false
  private var turns: [CheckedContinuation<Void, Never>] = []
  /// POSTs of jobs that are also in the upload which is being finished.
  private var blocked: [QueueActor.PendingAdd] = []

  mutating func begin() { isFinishing = true }

  mutating func wait(_ turn: CheckedContinuation<Void, Never>) { turns.append(turn) }

  /// Lets the next be finished.
  mutating func pass() {
    if turns.isEmpty { isFinishing = false } else { turns.removeFirst().resume() }
  }

  mutating func block(_ add: QueueActor.PendingAdd) { blocked.append(add) }

  mutating func takeBlocked() -> [QueueActor.PendingAdd] {
    defer { blocked = [] }
    return blocked
  }
}
