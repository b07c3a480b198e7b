import Jobs

/// All live jobs by id, in the order of their ids.
///
/// Records lie densely in slots, which are used again, in chunks, so that no growth moves all of
/// them; `pages` lead from an id to its slot, 1024 ids each, so that a few old jobs among millions
/// gone cost 4 kB each at most.
struct JobTable {
  /// A job and what the queue knows of it that is not stored.
  struct Record {
    var job: Job
    /// How many of its dependencies are not met.
    var unmet = 0
    /// Rep groups other than its own under which it is found too.
    var alsoIn: [RepGroup] = []
    /// Waits for its first commit: invisible to clients, not placeable.
    var isStaged = false
    /// Staged by an upload, whose commit is not that of a round (`JobQueue+Upload`).
    var isUploaded = false
    /// Complete or deleted, and waits for the commit that says so.
    var isLeaving = false
    /// The line it was last put in among those that may be placed.
    var line: ReadyOrder.LineID = -1
    /// It has changed since the last round was taken.
    var isDirty = false
  }

  private var chunks: ContiguousArray<ContiguousArray<Record?>> = []
  private var freeSlots: [Int32] = []
  private var pages: [[Int32]] = []
  private var firstPage: Int64 = 0
  private static let pageSize: Int64 = 1024
  private static let chunkSize = 1024

  private(set) var count = 0
  /// The jobs whose records were touched; kept only if `takeChanges` is ever called.
  private var changes: Set<JobID>?

  private func slot(of id: JobID) -> Int? {
    let page = id.number / Self.pageSize - firstPage
    guard page >= 0, page < pages.count, !pages[Int(page)].isEmpty else { return nil }
    let slot = pages[Int(page)][Int(id.number % Self.pageSize)]
    return slot < 0 ? nil : Int(slot)
  }

  /// The record in a slot that is in use.
  private subscript(slot slot: Int) -> Record {
    _read { yield chunks[slot / Self.chunkSize][slot % Self.chunkSize]! }
    _modify { yield &chunks[slot / Self.chunkSize][slot % Self.chunkSize]! }
  }

  func contains(_ id: JobID) -> Bool { slot(of: id) != nil }

  /// Whether a live job is staged; nil if there is none.
  func isStaged(_ id: JobID) -> Bool? { slot(of: id).map { self[slot: $0].isStaged } }

  /// The record of a live job; nil if there is none (any more).
  subscript(id: JobID) -> Record? {
    guard let slot = slot(of: id) else { return nil }
    return self[slot: slot]
  }

  /// Lends a live job's record without copying it; nil if there is none (any more).
  func look<Result>(at id: JobID, _ body: (borrowing Record) -> Result) -> Result? {
    guard let slot = slot(of: id) else { return nil }
    return body(self[slot: slot])
  }

  /// Changes a live job's record in place.
  /// - Precondition: the job is live.
  mutating func update<Result>(_ id: JobID, _ change: (inout Record) -> Result) -> Result {
    guard let slot = slot(of: id) else { preconditionFailure("job \(id.number) is not live") }
    changes?.insert(id)
    return change(&self[slot: slot])
  }

  /// - Precondition: no job with this id is live.
  mutating func insert(_ record: consuming Record) {
    changes?.insert(record.job.id)
    let number = record.job.id.number
    let page = number / Self.pageSize
    if pages.isEmpty { firstPage = page }
    if page < firstPage {
      pages.insert(contentsOf: repeatElement([], count: Int(firstPage - page)), at: 0)
      firstPage = page
    }
    while page - firstPage >= pages.count { pages.append([]) }
    let place = Int(page - firstPage)
    if pages[place].isEmpty { pages[place] = Array(repeating: -1, count: Int(Self.pageSize)) }
    let offset = Int(number % Self.pageSize)
    precondition(pages[place][offset] < 0, "job \(number) is already live")
    if let free = freeSlots.popLast() {
      chunks[Int(free) / Self.chunkSize][Int(free) % Self.chunkSize] = record
      pages[place][offset] = free
    } else {
      pages[place][offset] = Int32(slotCount)
      append(record)
    }
    count += 1
  }

  private var slotCount: Int {
    chunks.last.map { (chunks.count - 1) * Self.chunkSize + $0.count } ?? 0
  }

  private mutating func append(_ record: consuming Record) {
    if chunks.last.map({ $0.count == Self.chunkSize }) ?? true {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Self.chunkSize)
    }
    chunks[chunks.count - 1].append(record)
  }

  @discardableResult
  mutating func remove(_ id: JobID) -> Record? {
    guard let slot = slot(of: id) else { return nil }
    changes?.insert(id)
    let record = chunks[slot / Self.chunkSize][slot % Self.chunkSize].take()
    freeSlots.append(Int32(slot))
    count -= 1
    let place = Int(id.number / Self.pageSize - firstPage)
    pages[place][Int(id.number % Self.pageSize)] = -1
    if pages[place].allSatisfy({ $0 < 0 }) { dropPage(place) }
    if count == 0 {
      chunks.removeAll(keepingCapacity: false)
      freeSlots.removeAll(keepingCapacity: false)
    }
    return record
  }

  private mutating func dropPage(_ place: Int) {
    pages[place] = []
    if place == 0 {
      let empty = pages.prefix { $0.isEmpty }.count
      pages.removeFirst(empty)
      firstPage += Int64(empty)
    }
  }

  /// The jobs whose records came, changed or went since the last call, so that tests need look only
  /// at them; nil at the first.
  mutating func takeChanges() -> Set<JobID>? {
    defer { changes = [] }
    return changes
  }

  /// The ids of all live jobs that are not staged, ascending. In one pass, as others wait while a
  /// million are looked at.
  var unstagedIDs: [JobID] {
    var ids: [JobID] = []
    ids.reserveCapacity(count)
    for (index, page) in pages.enumerated() {
      let first = (firstPage + Int64(index)) * Self.pageSize
      for (offset, slot) in page.enumerated() where slot >= 0 && !self[slot: Int(slot)].isStaged {
        ids.append(JobID(first + Int64(offset)))
      }
    }
    return ids
  }

  /// Calls `body` with every live job's record, by ascending id.
  func visit(_ body: (borrowing Record) -> Void) {
    for page in pages {
      for slot in page where slot >= 0 { body(self[slot: Int(slot)]) }
    }
  }
}
