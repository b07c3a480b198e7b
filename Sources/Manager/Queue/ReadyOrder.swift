import Jobs

/// The jobs that may be placed, in the order in which they should be: priority first, then
/// largest, then age (behaviour.md §5.2, §5.6).
///
/// Jobs of the same priority that reserve the same resources stand in one line, so that what a
/// round costs grows with the number of different lines and not with the number of jobs.
struct ReadyOrder {
  /// What decides whether and when a job fits: all jobs of one line are alike in it.
  struct Shape: Hashable {
    var priority: Int
    var room: Machine.Room
  }

  private struct Line {
    var shape: Shape
    /// 0–255: how much of the machine one of its jobs takes.
    var size: Int
    var jobs = Heap<JobID>()
  }

  /// By descending priority, then size.
  private var lines: [Line] = []
  private var places: [Shape: Int] = [:]

  var isEmpty: Bool { lines.isEmpty }
  /// The number of different shapes that wait.
  var shapeCount: Int { lines.count }

  mutating func insert(_ id: JobID, shape: Shape, size: Int) {
    if let place = places[shape] {
      lines[place].jobs.insert(id)
      return
    }
    var line = Line(shape: shape, size: size)
    line.jobs.insert(id)
    let place = lines.partitioningIndex { other in
      (other.shape.priority, other.size) < (shape.priority, size)
    }
    lines.insert(line, at: place)
    renumber(from: place)
  }

  /// Takes jobs off the lines for as long as some fit.
  ///
  /// - Parameters:
  ///   - holds: whether a job still waits in the line it stands in; those that don't are dropped.
  ///   - fits: whether one more job of the shape has room.
  ///   - take: places the job.
  mutating func drain(
    holds: (JobID, Shape) -> Bool, fits: (Shape) -> Bool, isFull: () -> Bool,
    take: (JobID) -> Void
  ) {
    var start = 0
    var emptied = false
    while start < lines.count, !isFull() {
      // Lines of equal rank are served by age, so they are looked at together.
      let rank = (lines[start].shape.priority, lines[start].size)
      var end = start + 1
      while end < lines.count, (lines[end].shape.priority, lines[end].size) == rank { end += 1 }
      var open = (start..<end).filter { fits(lines[$0].shape) }
      while !open.isEmpty {
        var oldest: (place: Int, id: JobID)?
        for place in open {
          while let id = lines[place].jobs.first, !holds(id, lines[place].shape) {
            _ = lines[place].jobs.removeFirst()
          }
          if let id = lines[place].jobs.first, oldest.map({ id < $0.id }) ?? true {
            oldest = (place, id)
          }
        }
        guard let (place, id) = oldest else { break }
        _ = lines[place].jobs.removeFirst()
        take(id)
        open.removeAll { !fits(lines[$0].shape) }
      }
      emptied = emptied || (start..<end).contains { lines[$0].jobs.isEmpty }
      start = end
    }
    guard emptied else { return }
    lines.removeAll { $0.jobs.isEmpty }
    renumber(from: 0)
  }

  private mutating func renumber(from start: Int) {
    if start == 0 { places.removeAll(keepingCapacity: true) }
    for place in start..<lines.count { places[lines[place].shape] = place }
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
