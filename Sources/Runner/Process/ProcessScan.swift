import Glibc
import Jobs
import Platform

/// Reads what `/proc` says of processes. Its calls may block: the environment and the maps of a
/// process are read under its memory lock.
enum ProcessScan {
  /// All processes.
  static func everything() -> ProcessTable { processes(above: 0) }

  /// All processes that started after `pid`, and maybe others: cheap while that is not long ago.
  static func startedAfter(_ pid: Int32) -> ProcessTable {
    // Numbers are given in turn; once they have begun anew, they say nothing of the order.
    guard let last = lastPid(), last >= pid else { return everything() }
    guard last - pid <= fewPids else { return processes(above: pid - 1) }
    // Asking for each number costs less than listing all that are taken.
    var isPartial = false
    let stats = (pid...last).compactMap { number -> ProcessStat? in
      // Threads have numbers, too, and files that are not listed.
      guard let stat = stat(of: number, orShort: &isPartial), number == pid || isProcess(number)
      else { return nil }
      return stat
    }
    return ProcessTable(stats, isPartial: isPartial)
  }

  private static let fewPids: Int32 = 64

  /// Whether no process at all is there that started after `pid`, but for those of other attempts and
  /// those that are just being started.
  /// Cheap; true is certain, false is not.
  static func isNothing(startedAfter pid: Int32, of mark: AttemptMark) -> Bool {
    guard let last = lastPid(), last >= pid, last - pid <= fewPids else { return false }
    return (pid...last).dropFirst().allSatisfy { number in
      guard isProcess(number) else { return true }
      guard let tag = ProcessTag(of: number) else { return false }
      return tag != mark.tag
    }
  }

  /// The number that was given last to a process or thread.
  private static func lastPid() -> Int32? {
    guard let loadAverage else { return read("/proc/loadavg", ProcParser.lastPid) }
    return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
      let count = uninterrupted { pread(loadAverage, buffer.baseAddress, buffer.count, 0) }
      return count < 0
        ? nil : ProcParser.lastPid(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Stays open, as it is asked at the end of each command; nil if it could not be opened.
  private static let loadAverage: Int32? = try? openFile("/proc/loadavg", O_RDONLY).release()

  /// The attempt's processes in a table, the root included, dead ones too.
  ///
  /// - Parameters:
  ///   - host: whose children can be orphans of the attempt; nil if anything can be one.
  ///   - others: children of the host that are known to be something else.
  static func members(
    of root: ProcessRoot, in table: ProcessTable, known: Set<ProcessIdentity>, host: Int32?,
    others: Set<Int32>
  ) -> [ProcessStat] {
    table.members(
      of: root.identity, known: known,
      isCandidate: { process in
        (host == nil || process.parent == host) && !others.contains(process.pid)
          && !process.isDead
      },
      carries: { process in
        // Unlike prlimit(2) it tells of processes of other users, too.
        let tag = read("/proc/\(process.pid)/limits", ProcParser.realTimeLimit)
        return tag == root.mark.tag.limit
          || read("/proc/\(process.pid)/environ") { root.mark.isIn($0) } ?? false
      })
  }

  /// The resident size of a process, of which each page is divided by the number of processes
  /// that share it. Nil if it has ended or may not be looked at.
  static func proportionalKilobytes(of pid: Int32) -> Int? {
    read("/proc/\(pid)/smaps_rollup", ProcParser.proportionalKilobytes)
  }

  /// One process; nil if there is none of this number.
  static func stat(of pid: Int32) -> ProcessStat? { read("/proc/\(pid)/stat", ProcParser.stat) }

  /// - Parameter isShort: set if it could not be looked at for want of descriptors or memory.
  static func stat(of pid: Int32, orShort isShort: inout Bool) -> ProcessStat? {
    errno = 0
    let stat = stat(of: pid)
    if stat == nil, [EMFILE, ENFILE, ENOMEM].contains(errno) { isShort = true }
    return stat
  }

  private static func processes(above pid: Int32) -> ProcessTable {
    guard let listing = try? Directory(named: "/proc").listing() else {
      return ProcessTable([], isPartial: true)
    }
    var isPartial = false
    var stats: [ProcessStat] = []
    while let name = listing.next() {
      // All but processes begins with a letter.
      guard name.pointee >= 0x30, name.pointee <= 0x39, atoi(name) > pid else { continue }
      if let stat = stat(of: atoi(name), orShort: &isPartial) { stats.append(stat) }
    }
    return ProcessTable(stats, isPartial: isPartial)
  }

  /// Reads a file of `/proc`; nil if it is gone, or not ours to read.
  private static func read<R>(_ path: String, _ body: (UnsafeRawBufferPointer) -> R?) -> R? {
    let file = uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    // Enough for all but large environments, without asking for memory.
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = Glibc.read(file, buffer.baseAddress, buffer.count)
      guard count >= 0 else { return nil }
      if count < buffer.count { return body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      var bytes = Array(buffer)
      while true {
        let count = Glibc.read(file, buffer.baseAddress, buffer.count)
        guard count > 0 else { return bytes.withUnsafeBytes(body) }
        bytes += buffer[..<count]
      }
    }
  }
}
