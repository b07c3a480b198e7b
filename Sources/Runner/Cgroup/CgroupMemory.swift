import Jobs

/// What the kernel says of a control group at one time; memory in bytes, nil where it says
/// nothing.
struct CgroupReading: Hashable, Sendable {
  /// The most memory at any time, page cache included; since Linux 5.19.
  var peak: Int?
  var current: Int?
  /// Page cache that no process has mapped: given up as soon as others need memory.
  var cache = 0
  /// How many processes the kernel ended because the group was at its limit.
  var killed = 0
  /// Of all processes there ever were in the group.
  var cpuTime: Duration?
}

/// The most memory that a control group needed.
///
/// The kernel counts the page cache as memory of whoever reads a file first, and leaves it there
/// as long as nobody needs the room. A job that reads a large file would thus seem to need all of
/// it, and be ended for it. So the cache is taken off: exactly from what is sampled, and from the
/// kernel's own peak, whose moment is not known, the most cache that was seen.
struct CgroupMemory: Hashable, Sendable {
  private var sampledPeak: Int?
  private var kernelPeak: Int?
  private var mostCache = 0
  /// The kernel has ended processes because the group was at its limit.
  private(set) var ranOut = false

  mutating func record(_ reading: CgroupReading) {
    mostCache = max(mostCache, reading.cache)
    if let current = reading.current {
      sampledPeak = max(sampledPeak ?? 0, current - reading.cache)
    }
    if let peak = reading.peak { kernelPeak = max(kernelPeak ?? 0, peak) }
    if reading.killed > 0 { ranOut = true }
  }

  /// Nil if the kernel does not account for memory.
  var peak: Megabytes? {
    let bytes = [sampledPeak, kernelPeak.map { $0 - mostCache }].compactMap { $0 }.max()
    return bytes.map { Megabytes(max(0, $0) >> 20) }
  }
}
