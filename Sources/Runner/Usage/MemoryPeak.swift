import Jobs
import Platform

/// The largest memory a job's processes were seen to use, found with as few costly looks as
/// possible.
///
/// The resident size of a process costs microseconds to read, the proportional one, which shares
/// out common pages, milliseconds to tens of them. The first is never below the second, so while
/// it stays below the peak nothing new can be found; and while it does not grow, only pages that
/// stop being shared can raise the second, for which a rare look is enough.
struct MemoryPeak: Hashable, Sendable {
  /// The largest sum of proportional sizes, each cut to whole megabytes (behaviour.md §6.5).
  private(set) var peak: Megabytes = 0
  /// Above this, the job has used too much.
  let limit: Megabytes
  /// At this it is killed, if it has used too much: 90 % of the machine.
  let killLimit: Megabytes
  /// The largest sum of resident sizes that was looked at closely.
  private var examinedKilobytes = 0
  /// When the next look is due though nothing has grown.
  private var nextLook: Instant?

  /// - Parameter machine: the memory of the machine.
  init(limit: Megabytes, machine: Megabytes) {
    self.limit = limit
    killLimit = Megabytes(machine.count / 100 * 90)
  }

  /// The job has used more than it said.
  var isOverLimit: Bool { peak > limit }
  /// It has, and endangers the machine.
  var mustKill: Bool { isOverLimit && killLimit > 0 && peak >= killLimit }

  /// Whether proportional sizes must be read, given the sum of the resident ones.
  ///
  /// Growth below a megabyte or a 64th is let pass, unless it crosses a limit.
  func needsCloseLook(residentKilobytes: Int, now: Instant) -> Bool {
    guard let nextLook else { return true }
    guard residentKilobytes / 1024 > peak.count else { return false }
    if now >= nextLook { return true }
    if residentKilobytes >= examinedKilobytes + max(1024, examinedKilobytes / 64) { return true }
    return [limit, killLimit].contains { bound in
      residentKilobytes > bound.count * 1024 && examinedKilobytes <= bound.count * 1024
    }
  }

  /// Takes a close look into account.
  /// - Parameter cost: how long it took; looks take at most half a percent of the time unless
  ///   the memory grows.
  mutating func record(
    proportional: Megabytes, residentKilobytes: Int, now: Instant, cost: Duration
  ) {
    peak = max(peak, proportional)
    examinedKilobytes = max(examinedKilobytes, residentKilobytes)
    nextLook = now + max(.seconds(5), cost * 200)
  }

  /// Takes a figure into account that counts all of the job, or all of it that is elsewhere.
  mutating func record(whole: Megabytes) { peak = max(peak, whole) }

  /// Takes the system's own figure of the largest single process into account.
  ///
  /// `ru_maxrss` starts at the size of the process that spawned the job, so it says something
  /// only above that (decision 32).
  mutating func record(maximumResident: Megabytes, ofHost host: Megabytes) {
    if maximumResident > host { peak = max(peak, maximumResident) }
  }
}
