import Glibc
import Jobs

/// What process trees of this machine use, at one instant.
public struct LiveUsage: Sendable {
  /// What one tree uses.
  public struct Tree: Sendable, Hashable {
    public var processes: Int
    /// Resident; what processes share is counted for each.
    public var memory: Megabytes
    /// Used by the processes that are there now, and by children they have waited for.
    public var cpuTime: Duration
  }

  private let table: ProcessTable

  /// Looks at all processes; costs some microseconds for each.
  public init() { table = ProcessScan.everything() }

  /// What a process and its descendants use; nil if there is no such process.
  public func tree(of root: Int) -> Tree? {
    guard let root = Int32(exactly: root), let first = table.processes[root] else { return nil }
    var pending = [first]
    var (count, pages, ticks) = (0, 0, UInt64(0))
    while let process = pending.popLast() {
      count += 1
      pages += process.residentPages
      ticks += process.cpuTicks
      pending += table.children(of: process.pid)
    }
    let (pageSize, ticksPerSecond) = (sysconf(Int32(_SC_PAGESIZE)), sysconf(Int32(_SC_CLK_TCK)))
    return Tree(
      processes: count, memory: Megabytes((pages * pageSize) >> 20),
      cpuTime: .milliseconds(Int64(ticks) * 1000 / Int64(ticksPerSecond)))
  }
}
