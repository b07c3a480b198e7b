import Jobs
import Platform

/// What jobs of a ReqGroup have used, and what the next one is therefore expected to need
/// (behaviour.md §5.4).
struct Learning {
  /// What is learnt of.
  enum Quantity: String, CaseIterable, Hashable, Sendable {
    case memory, disk, time

    /// To a multiple of what recommendations are rounded up: 100 MB, 100 MB, 1 s.
    var round: Int { self == .time ? 1 : 100 }
  }

  /// One value that was seen: megabytes, or seconds rounded up.
  struct Lesson: Hashable, Sendable {
    var group: ReqGroup
    var quantity: Quantity
    var value: Int
  }

  /// What is expected of the next job of a group; nil where nothing is known.
  struct Recommendation: Hashable, Sendable {
    var memory: Megabytes?
    var diskGigabytes: Int?
    var time: Duration?
  }

  /// Distinct values, ascending.
  private var values: [ReqGroup: [Quantity: [Int]]] = [:]
  private var recommendations: [ReqGroup: Recommendation] = [:]
  /// How long jobs have lately taken: longer ones count at once, shorter ones little by little.
  private var paces: [ReqGroup: Pace] = [:]

  /// How the jobs of a group have lately ended.
  struct Pace: Hashable, Sendable {
    /// How long they took, the longest above all.
    var walltime: Duration
    /// How long they took on average.
    var mean: Duration
    /// Of which group of jobs the last was.
    var repGroup: RepGroup
    /// How many of that have ended in the moment that began then, and in the one before.
    var since: Instant
    var ends = 0
    var endsBefore = 0

    /// How long a moment is.
    static let moment = Duration.milliseconds(250)

    mutating func begin(_ now: Instant) {
      guard now - since >= Self.moment else { return }
      endsBefore = now - since < Self.moment * 2 ? ends : 0
      (since, ends) = (now, 0)
    }
  }

  /// Takes in what was seen.
  ///
  /// - Returns: whether it is new; the same value twice counts once.
  mutating func record(_ lesson: Lesson) -> Bool {
    let list = values[lesson.group]?[lesson.quantity] ?? []
    let place = list.partitioningIndex { $0 >= lesson.value }
    if place < list.count, list[place] == lesson.value { return false }
    values[lesson.group, default: [:]][lesson.quantity, default: []].insert(
      lesson.value, at: place)
    let all = values[lesson.group]![lesson.quantity]!
    let recommended = Self.recommended(all, round: lesson.quantity.round)
    switch lesson.quantity {
    case .memory:
      recommendations[lesson.group, default: Recommendation()].memory = recommended.map {
        Megabytes($0)
      }
    case .disk:
      recommendations[lesson.group, default: Recommendation()].diskGigabytes = recommended.map {
        ($0 + 1023) / 1024
      }
    case .time:
      recommendations[lesson.group, default: Recommendation()].time = recommended.map {
        .seconds($0)
      }
    }
    return true
  }

  /// Notes how long a job has taken that has just ended; not kept over a restart.
  mutating func note(
    _ walltime: Duration, of group: ReqGroup, in repGroup: RepGroup, now: Instant
  ) {
    var pace =
      paces[group] ?? Pace(walltime: walltime, mean: walltime, repGroup: repGroup, since: now)
    pace.begin(now)
    if pace.repGroup != repGroup { (pace.repGroup, pace.ends, pace.endsBefore) = (repGroup, 0, 0) }
    pace.ends += 1
    pace.walltime = max(walltime, pace.walltime - (pace.walltime - walltime) / 8)
    // After a first one that was slow, soon no more than the longest.
    pace.mean = min(pace.mean + (walltime - pace.mean) / 32, pace.walltime)
    paces[group] = pace
  }

  /// How the jobs of this group have lately ended; nil if none has yet. Of another group of jobs than
  /// the last was none counts.
  func pace(of group: ReqGroup, in repGroup: RepGroup? = nil, now: Instant) -> Pace? {
    guard var pace = paces[group] else { return nil }
    pace.begin(now)
    if let repGroup, pace.repGroup != repGroup { (pace.ends, pace.endsBefore) = (0, 0) }
    return pace
  }

  /// What is known of exactly this group.
  func recommendation(for group: ReqGroup) -> Recommendation {
    recommendations[group] ?? Recommendation()
  }

  /// The 95th percentile or so of ascending distinct values, rounded up: the five highest of up to
  /// a hundred, and a twentieth of more, are taken for outliers, unless they are near.
  static func recommended(_ values: [Int], round: Int) -> Int? {
    guard let highest = values.last else { return nil }
    let dropped = values.count <= 100 ? 5 : values.count / 20
    var result = values.count > dropped ? values[values.count - dropped - 1] : 0
    if result == 0 { result = highest }
    if result == 0 { return nil }
    if highest - result < round { result = highest }
    return (max(result, round) + round - 1) / round * round
  }

  /// What the end of an attempt teaches: all that it used if it succeeded, what it lacked if it
  /// failed for that, else nothing.
  static func lessons(of job: Job) -> [Lesson] {
    let run = job.run
    func lesson(_ quantity: Quantity) -> Lesson {
      let value =
        switch quantity {
        case .memory: run.peakMemory.count
        case .disk: run.peakDisk.count
        case .time: Int(((run.walltime ?? .zero).nanoseconds + 999_999_999) / 1_000_000_000)
        }
      return Lesson(group: job.spec.reqGroup, quantity: quantity, value: value)
    }
    guard run.startedAt != nil else { return [] }
    switch run.failReason {
    case nil: return Quantity.allCases.map(lesson)
    case .memory?: return [lesson(.memory)]
    case .disk?: return [lesson(.disk)]
    case .time?: return [lesson(.time)]
    default: return []
    }
  }
}
