import Glibc
import Platform

/// Ends all processes of an attempt, wherever they have gone (behaviour.md §6.8). Its calls block
/// until that is done.
///
/// The root is ended at once, the others are asked to end, and half a second later ended. Then
/// the machine is searched again until nothing of the attempt is found, as processes may have
/// been started meanwhile. Each signal is sent through a handle whose process was proven to be
/// the one meant, so that a reused number is never hit.
struct Teardown {
  let root: ProcessRoot
  /// Processes that were seen to belong to the attempt.
  private(set) var known: Set<ProcessIdentity>
  /// The processor time of those that ended here and that nobody else counts.
  private(set) var cpuTime: Duration = .zero
  /// Who adopts orphans and reaps them: this process; nil to look at all processes.
  private let host: Int32?
  /// Children of the host that are known to be something else.
  private let others: Set<Int32>
  /// Whose members belong to the attempt, wherever they are; nil if it has none.
  private let cgroup: AttemptCgroup?
  private var cpuTicks: [ProcessIdentity: UInt64] = [:]
  /// At the last look not all processes could be seen.
  private(set) var isUncertain = false

  /// How long processes have to end by themselves.
  static let grace = Duration.milliseconds(500)
  /// How long to try: a process in an uninterruptible wait ends when that does, not before.
  static let patience = Duration.seconds(10)
  /// How many processes are waited for at once: each holds a descriptor.
  private static let handleLimit = 64

  init(
    of root: ProcessRoot, known: Set<ProcessIdentity>, host: Int32?, others: Set<Int32> = [],
    cgroup: AttemptCgroup? = nil
  ) {
    self.root = root
    self.known = known
    self.host = host
    self.others = others
    self.cgroup = cgroup
  }

  /// Ends everything, the root too; the root is not reaped.
  /// - Parameter grace: how long all but the root have to end by themselves.
  /// - Returns: the pids that could not be ended in time.
  mutating func endAll(grace: Duration = Self.grace) -> [Int32] {
    let members = live(in: .everything(), withRoot: true)
    for member in members where member.identity == root.identity { send(SIGKILL, to: member) }
    return end(
      members.filter { $0.identity != root.identity }, grace: grace, withRoot: true)
  }

  /// Ends what the root has left behind; the root has ended and is not reaped yet.
  ///
  /// - Parameter isYoung: the root was started a moment ago, so that a look at what was started
  ///   since is enough to see that nothing is there.
  /// - Returns: the pids that could not be ended in time.
  mutating func endLeftovers(isYoung: Bool, grace: Duration = Self.grace) -> [Int32] {
    let table = isYoung ? ProcessScan.startedAfter(root.identity.pid) : .everything()
    return end(live(in: table, withRoot: false), grace: grace, withRoot: false)
  }

  private mutating func end(
    _ members: [ProcessStat], grace: Duration, withRoot: Bool
  ) -> [Int32] {
    guard !members.isEmpty || withRoot || isUncertain else {
      reapAdopted()
      return []
    }
    for member in members { send(SIGTERM, to: member) }
    let deadline = Instant.now + grace
    var left = members
    while !left.isEmpty || isUncertain, Instant.now < deadline {
      wait(for: left, until: deadline)
      left = live(in: .everything(), withRoot: false)
    }
    let limit = Instant.now + Self.patience
    repeat {
      left = live(in: .everything(), withRoot: withRoot)
      if !left.isEmpty { cgroup?.kill() }
      for member in left { send(SIGKILL, to: member) }
      wait(for: left, until: min(limit, .now + .milliseconds(100)))
    } while (!left.isEmpty || isUncertain) && Instant.now < limit
    reapAdopted()
    let ticksPerSecond = max(1, sysconf(Int32(_SC_CLK_TCK)))
    let ticks = cpuTicks.values.reduce(0, &+)
    cpuTime += .nanoseconds(Int64(ticks) * (1_000_000_000 / Int64(ticksPerSecond)))
    cpuTicks = [:]
    return left.map(\.pid)
  }

  /// The members that have not ended; remembers them, and reaps those that have and are ours.
  private mutating func live(in table: ProcessTable, withRoot: Bool) -> [ProcessStat] {
    isUncertain = table.isPartial
    for pid in cgroup?.processes ?? [] {
      if let member = table.processes[pid] { known.insert(member.identity) }
    }
    let members = ProcessScan.members(
      of: root, in: table, known: known, host: host, others: others)
    for member in members where member.identity != root.identity {
      known.insert(member.identity)
      cpuTicks[member.identity] = member.cpuTicks
    }
    return members.filter { !$0.isDead && (withRoot || $0.identity != root.identity) }
  }

  /// Takes adopted members off the kernel's list once they have ended.
  private mutating func reapAdopted() {
    guard let host else { return }
    for identity in known where identity != root.identity {
      guard let stat = ProcessScan.stat(of: identity.pid), stat.identity == identity,
        stat.isDead, stat.parent == host, let end = try? reap(identity.pid)
      else { continue }
      cpuTicks[identity] = nil
      cpuTime += .nanoseconds(end.cpuNanoseconds)
    }
  }

  private func send(_ number: Int32, to process: ProcessStat) {
    guard let handle = handle(of: process) else { return }
    signal(number, toHandle: handle.number)
  }

  /// Waits until some of the processes have ended, most often all; a moment, if it is uncertain
  /// which there are.
  private func wait(for processes: [ProcessStat], until deadline: Instant) {
    if isUncertain { usleep(20_000) }
    var handles: [Int32] = []
    defer { for handle in handles { close(handle) } }
    for process in processes.prefix(Self.handleLimit) {
      if let handle = handle(of: process) { handles.append(handle.release()) }
    }
    var waiting = handles.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while !waiting.isEmpty {
      let left = deadline - .now
      guard left > .zero else { return }
      poll(&waiting, nfds_t(waiting.count), Int32(left.milliseconds))
      waiting.removeAll { $0.revents != 0 }
    }
  }

  /// A handle of exactly this process; nil if it has been reaped.
  private func handle(of process: ProcessStat) -> Descriptor? {
    guard let handle = try? openProcess(process.pid),
      // Looked at after the handle was opened: if it is the same now, it was then.
      startTicks(of: process.pid) == process.startTicks
    else { return nil }
    return handle
  }
}

extension Duration {
  fileprivate var milliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

extension ProcessTable {
  fileprivate static func everything() -> ProcessTable { ProcessScan.everything() }
}
