import Jobs

/// How many jobs of a rep group are in each state, and what the complete ones have used, as
/// `GET /rest/v1/groups/` shows it or as the jobs themselves add up to.
struct GroupFigures: Sendable {
  var name = ""
  var counts = StateCounts()
  /// Megabytes, and seconds.
  var memory = Spread()
  var disk = Spread()
  var walltime = Spread()
  var cpuTime = Spread()
  /// Seconds since the epoch.
  var started: Int64?
  var ended: Int64?

  init() {}

  mutating func add(_ job: ShownJob) {
    counts.add(job.state)
    guard job.state == "complete" else { return }
    memory.add(Double(job.peakRAM))
    disk.add(Double(job.peakDisk))
    walltime.add(job.walltime)
    cpuTime.add(job.cpuTime)
    span(job.started, job.ended)
  }

  /// Adds the jobs of another group.
  mutating func add(_ group: GroupFigures) {
    counts.add(group.counts)
    memory.add(group.memory)
    disk.add(group.disk)
    walltime.add(group.walltime)
    cpuTime.add(group.cpuTime)
    span(group.started, group.ended)
  }

  private mutating func span(_ start: Int64?, _ end: Int64?) {
    started = [started, start].compactMap { $0 }.min()
    ended = [ended, end].compactMap { $0 }.max()
  }

  static func list(_ bytes: [UInt8]) throws(JSONError) -> [GroupFigures] {
    var reader = JSONReader(bytes)
    return try reader.array { reader throws(JSONError) in try GroupFigures(&reader) }
  }

  private init(_ reader: inout JSONReader) throws(JSONError) {
    try reader.beginObject()
    while let member = try reader.nextName() {
      switch member {
      case "RepGroup": name = try reader.string()
      case "Counts":
        try reader.beginObject()
        while let state = try reader.nextName() { counts.add(state, try reader.int()) }
      case "Usage": try readUsage(&reader)
      default: try reader.skip()
      }
    }
  }

  private mutating func readUsage(_ reader: inout JSONReader) throws(JSONError) {
    // The counts come first.
    let count = counts["complete"]
    try reader.beginObject()
    while let member = try reader.nextName() {
      switch member {
      case "Memory": memory = try Spread(of: count, &reader)
      case "Disk": disk = try Spread(of: count, &reader)
      case "Walltime": walltime = try Spread(of: count, &reader)
      case "CPUtime": cpuTime = try Spread(of: count, &reader)
      case "Started": started = try ShownJob.time(&reader)
      case "Ended": ended = try ShownJob.time(&reader)
      default: try reader.skip()
      }
    }
  }
}

extension Spread {
  fileprivate init(of count: Int, _ reader: inout JSONReader) throws(JSONError) {
    var (mean, deviation) = (0.0, 0.0)
    try reader.beginObject()
    while let member = try reader.nextName() {
      switch member {
      case "Mean": mean = try reader.double()
      case "Deviation": deviation = try reader.double()
      default: try reader.skip()
      }
    }
    self.init(count: count, mean: mean, deviation: deviation)
  }
}
