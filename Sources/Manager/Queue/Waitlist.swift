import Jobs

/// Jobs by age, of which the oldest is taken first.
///
/// Nearly all come in the order of their ids and are kept in it, so that taking one costs O(1); those
/// that come back later stand apart. Nothing is removed from the middle: as in a `Heap`, owners ask
/// of each job taken whether it still waits.
struct Waitlist {
  /// Those from `start` on still wait, ascending.
  private var sorted: [JobID] = []
  private var start = 0
  private var late = Heap<JobID>()

  var isEmpty: Bool { first == nil }

  var first: JobID? {
    guard start < sorted.count else { return late.first }
    guard let other = late.first else { return sorted[start] }
    return min(sorted[start], other)
  }

  mutating func insert(_ job: JobID) {
    if let last = sorted.last, job <= last {
      late.insert(job)
    } else {
      sorted.append(job)
    }
  }

  @discardableResult
  mutating func removeFirst() -> JobID? {
    let first = first
    if late.first == first { return late.removeFirst() }
    start += 1
    // At most as many are moved as were taken since the last time.
    if start * 2 >= sorted.count {
      sorted.removeFirst(start)
      start = 0
    }
    return first
  }
}
