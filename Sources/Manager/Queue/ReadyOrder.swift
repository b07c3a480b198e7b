import Jobs

/// The jobs that may be placed, in the order in which they should be: priority first, then
/// largest, then age (behaviour.md §5.2, §5.6).
///
/// Jobs that are alike in all that decides when they fit stand in one line, by age. Lines that need
/// the same room stand in one bucket, by the age of their first job; buckets of equal priority and
/// size make a rank. So what a round costs grows with the number of different lines that might be
/// placed, not with the number of jobs. A line that a limit group holds up is parked there until
/// the group has changed.
struct ReadyOrder {
  /// What decides whether and when a job fits: all jobs of one line are alike in it.
  struct Shape: Hashable {
    var priority: Int
    var estimate: Estimate
    var limitGroups: [LimitGroup]
  }

  /// The number of a line for as long as it has jobs.
  typealias LineID = Int32

  struct Line {
    let shape: Shape
    /// What each of its jobs is now believed to need.
    fileprivate(set) var requirements: Requirements
    fileprivate(set) var room: Machine.Room
    /// 0–255: how much of the machine one of its jobs takes.
    fileprivate var size: Int
    fileprivate var jobs = Waitlist()
    /// The job under which the line stands in its bucket; nil while it stands in none.
    fileprivate var standing: JobID?
    fileprivate(set) var parkedAt: LimitGroup?

    /// It should stand under its first job, and does not.
    fileprivate var isOutOfPlace: Bool { parkedAt == nil && standing != jobs.first }
  }

  /// What is to be done about the first job of a line.
  enum Decision {
    case take
    /// Nothing that needs this room fits now.
    case closeRoom
    /// Later, but others of this room may go.
    case passOver
    /// The line waits for a limit group.
    case park(LimitGroup)
    case stop
  }

  private struct Place: Comparable {
    var first: JobID
    var line: LineID
    static func < (a: Self, b: Self) -> Bool { (a.first, a.line) < (b.first, b.line) }
  }

  private struct Bucket {
    var room: Machine.Room
    var places = Heap<Place>()
  }

  private struct Rank {
    var priority: Int
    var size: Int
    var buckets: [Bucket] = []
  }

  private var lines: [Line?] = []
  private var freeLines: [LineID] = []
  private var lineOf: [Shape: LineID] = [:]
  private var linesOf: [ReqGroup: Set<LineID>] = [:]
  private var parked: [LimitGroup: [LineID]] = [:]
  /// By descending priority, then size.
  private var ranks: [Rank] = []

  var isEmpty: Bool { lineOf.isEmpty }
  /// The number of different shapes that wait.
  var shapeCount: Int { lineOf.count }
  /// Limit groups that hold lines up.
  var hinderingGroups: Dictionary<LimitGroup, [LineID]>.Keys { parked.keys }

  func line(_ id: LineID) -> Line? { lines[Int(id)] }

  /// Puts a job into the line of its shape.
  ///
  /// - Parameters:
  ///   - requirements: asked for only if the shape has no line yet.
  ///   - size: of a room on the machine.
  /// - Returns: the line, by which `drain` knows whether the job still stands there.
  mutating func insert(
    _ job: JobID, shape: Shape, requirements: () -> Requirements, size: (Machine.Room) -> Int
  ) -> LineID {
    let id = lineOf[shape] ?? open(shape, requirements(), size: size)
    insert(job, into: id)
    return id
  }

  /// Puts a job into a line that another one of its shape stands in.
  mutating func insert(_ job: JobID, into line: LineID) {
    lines[Int(line)]!.jobs.insert(job)
    stand(line)
  }

  private mutating func open(
    _ shape: Shape, _ requirements: Requirements, size: (Machine.Room) -> Int
  ) -> LineID {
    let room = Machine.Room(for: requirements)
    let line = Line(shape: shape, requirements: requirements, room: room, size: size(room))
    let id: LineID
    if let free = freeLines.popLast() {
      id = free
      lines[Int(id)] = line
    } else {
      id = LineID(lines.count)
      lines.append(line)
    }
    lineOf[shape] = id
    linesOf[shape.estimate.reqGroup, default: []].insert(id)
    return id
  }

  private mutating func close(_ id: LineID) {
    guard let line = lines[Int(id)] else { return }
    lines[Int(id)] = nil
    freeLines.append(id)
    lineOf[line.shape] = nil
    let group = line.shape.estimate.reqGroup
    linesOf[group]?.remove(id)
    if linesOf[group]?.isEmpty == true { linesOf[group] = nil }
  }

  /// Sees to it that a line that is not parked stands in its bucket under its first job.
  private mutating func stand(_ id: LineID) {
    guard lines[Int(id)]?.isOutOfPlace == true, let line = lines[Int(id)],
      let first = line.jobs.first
    else { return }
    lines[Int(id)]!.standing = first
    let place = Place(first: first, line: id)
    let key = (line.shape.priority, line.size)
    let rank = ranks.partitioningIndex { ($0.priority, $0.size) <= key }
    if rank == ranks.count || (ranks[rank].priority, ranks[rank].size) != key {
      ranks.insert(Rank(priority: key.0, size: key.1), at: rank)
    }
    if let bucket = ranks[rank].buckets.firstIndex(where: { $0.room == line.room }) {
      ranks[rank].buckets[bucket].places.insert(place)
    } else {
      var bucket = Bucket(room: line.room)
      bucket.places.insert(place)
      ranks[rank].buckets.append(bucket)
    }
  }

  // MARK: What changes for whole lines

  /// Lines that the group held up may be tried again.
  mutating func unpark(_ group: LimitGroup) {
    for id in parked.removeValue(forKey: group) ?? [] where lines[Int(id)]?.parkedAt == group {
      lines[Int(id)]!.parkedAt = nil
      stand(id)
    }
  }

  /// Estimates the lines of a group anew: more was learnt of it.
  mutating func reestimate(
    _ group: ReqGroup, requirements: (Estimate) -> Requirements, size: (Machine.Room) -> Int
  ) {
    for id in linesOf[group] ?? [] {
      guard let line = lines[Int(id)] else { continue }
      let new = requirements(line.shape.estimate)
      lines[Int(id)]!.requirements = new
      let room = Machine.Room(for: new)
      guard room != line.room else { continue }
      lines[Int(id)]!.room = room
      lines[Int(id)]!.size = size(room)
      lines[Int(id)]!.standing = nil
      stand(id)
    }
  }

  // MARK: Placing

  /// Takes jobs off the lines for as long as some fit.
  ///
  /// - Parameters:
  ///   - holds: whether a job still waits in the line; those that don't are dropped.
  ///   - decide: what is to be done about the first job of a line.
  ///   - take: places the job.
  mutating func drain(
    holds: (JobID, LineID) -> Bool, decide: (JobID, Line) -> Decision, take: (JobID, Line) -> Void
  ) {
    var passed: [LineID] = []
    var rank = 0
    ranks: while rank < ranks.count {
      var open = Array(ranks[rank].buckets.indices)
      while let (bucket, id) = oldest(among: &open, rank, holds) {
        let line = lines[Int(id)]!
        let job = line.jobs.first!
        switch decide(job, line) {
        case .take:
          lift(rank, bucket, id)
          _ = lines[Int(id)]!.jobs.removeFirst()
          take(job, line)
          settle(id, holds)
        case .closeRoom: open.removeAll { $0 == bucket }
        case .passOver:
          lift(rank, bucket, id)
          passed.append(id)
        case .park(let group):
          lift(rank, bucket, id)
          lines[Int(id)]!.parkedAt = group
          parked[group, default: []].append(id)
        case .stop: break ranks
        }
      }
      rank += 1
    }
    for id in passed { stand(id) }
    for index in ranks.indices { ranks[index].buckets.removeAll { $0.places.isEmpty } }
    ranks.removeAll { $0.buckets.isEmpty }
  }

  /// The bucket of the rank, among those open, whose first job is the oldest, and its line.
  private mutating func oldest(
    among open: inout [Int], _ rank: Int, _ holds: (JobID, LineID) -> Bool
  ) -> (bucket: Int, line: LineID)? {
    var oldest: (bucket: Int, place: Place)?
    for bucket in open {
      guard let place = first(of: rank, bucket, holds) else { continue }
      if let found = oldest, found.place < place { continue }
      oldest = (bucket, place)
    }
    return oldest.map { ($0.bucket, $0.place.line) }
  }

  /// The first place of a bucket that is what it says; others are put right or dropped.
  private mutating func first(
    of rank: Int, _ bucket: Int, _ holds: (JobID, LineID) -> Bool
  ) -> Place? {
    while let place = ranks[rank].buckets[bucket].places.first {
      let room = ranks[rank].buckets[bucket].room
      if let line = lines[Int(place.line)], line.standing == place.first, line.room == room,
        line.shape.priority == ranks[rank].priority
      {
        if line.jobs.first == place.first, holds(place.first, place.line) { return place }
        lift(rank, bucket, place.line)
        settle(place.line, holds)
      } else {
        _ = ranks[rank].buckets[bucket].places.removeFirst()
      }
    }
    return nil
  }

  /// Takes the line that is first in a bucket out of it.
  private mutating func lift(_ rank: Int, _ bucket: Int, _ id: LineID) {
    _ = ranks[rank].buckets[bucket].places.removeFirst()
    lines[Int(id)]!.standing = nil
  }

  /// Drops jobs at the head of a line that no longer stand there; the line goes if it is empty.
  ///
  /// The line stands again in the bucket it was lifted from, which is there: nothing moves.
  private mutating func settle(_ id: LineID, _ holds: (JobID, LineID) -> Bool) {
    while let job = lines[Int(id)]!.jobs.first, !holds(job, id) {
      _ = lines[Int(id)]!.jobs.removeFirst()
    }
    if lines[Int(id)]!.jobs.isEmpty { close(id) } else { stand(id) }
  }
}

extension Array {
  /// The first index whose element satisfies `predicate`, where all after it do too.
  func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
