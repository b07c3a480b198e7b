import Glibc
import Jobs
import Platform

/// What is known of an attempt's processes from one sampling to the next.
struct ProcessUsage: Sendable {
  /// Those seen to belong to it, for as long as they live.
  var known: Set<ProcessIdentity> = []
  var memory: MemoryPeak
  /// The processor time of adopted orphans that have ended, which nobody else counts.
  var orphansCPUTime: Duration = .zero
  /// Nil for the way by `/proc`.
  let cgroup: AttemptCgroup?
  private(set) var cgroupMemory = CgroupMemory()
  /// The processor time that the control group counted; nil if there is none, or it does not.
  private(set) var cgroupCPUTime: Duration?

  init(memory: MemoryPeak, cgroup: AttemptCgroup? = nil) {
    self.memory = memory
    self.cgroup = cgroup
  }

  /// More memory was used than the job was believed to need.
  var hasExceededMemory: Bool { memory.isOverLimit || cgroupMemory.ranOut }

  /// Takes into account what the kernel counts for the control group.
  mutating func record(_ reading: CgroupReading) {
    cgroupMemory.record(reading)
    cgroupCPUTime = reading.cpuTime ?? cgroupCPUTime
    if let peak = cgroupMemory.peak { memory.record(whole: peak) }
  }

  /// Samples the attempt's processes. Blocks.
  /// - Parameter others: children of this process that are known to be something else.
  mutating func sample(
    _ table: ProcessTable, of root: ProcessRoot, others: Set<Int32>, now: Instant
  ) {
    let host = getpid()
    let members = ProcessScan.members(
      of: root, in: table, known: known, host: host, others: others)
    var living: [ProcessStat] = []
    for member in members {
      if !member.isDead {
        living.append(member)
      } else if member.parent == host, member.identity != root.identity,
        let end = try? reap(member.pid)
      {
        orphansCPUTime += .nanoseconds(end.cpuNanoseconds)
      }
    }
    known = Set(living.map(\.identity))
    measure(living, now: now)
  }

  private mutating func measure(_ living: [ProcessStat], now: Instant) {
    if let cgroup {
      record(cgroup.read())
      // The kernel has counted all, and more exactly.
      if cgroupMemory.peak != nil { return }
    }
    let resident = living.reduce(0) { $0 + $1.residentPages } * Int(sysconf(Int32(_SC_PAGESIZE)))
    guard memory.needsCloseLook(residentKilobytes: resident / 1024, now: now) else { return }
    let megabytes = living.reduce(0) {
      $0 + (ProcessScan.proportionalKilobytes(of: $1.pid) ?? 0) / 1024
    }
    memory.record(
      proportional: Megabytes(megabytes), residentKilobytes: resident / 1024, now: now,
      cost: Instant.now - now)
  }
}
