import Support

/// Something that is done to the processes while they work.
enum Stroke: Hashable {
  enum Victim: String, Hashable, CaseIterable {
    case manager
    case host = "runner host"
  }

  /// SIGKILL, in this order.
  case kill([Victim])
  /// SIGKILL for the manager, and for its successor so many milliseconds after its start.
  case killAgain(after: Int)
  /// SIGSTOP, and SIGCONT after so many milliseconds.
  case stop(Victim, milliseconds: Int)
  /// No space on the manager's disk for so many milliseconds.
  case fillDisk(milliseconds: Int)
  /// System calls fail for so many milliseconds.
  case fail(Victim, Fault, milliseconds: Int)

  /// What the report counts it as.
  var name: String {
    switch self {
    case .kill(let victims): "kill " + victims.map(\.rawValue).joined(separator: ", then ")
    case .killAgain: "kill manager, and its successor while that starts"
    case .stop(let victim, _): "stop \(victim.rawValue)"
    case .fillDisk: "fill the disk"
    case .fail(let victim, let fault, _):
      "\(fault.error) from \(fault.calls) in the \(victim.rawValue)"
    }
  }

  var managerKills: Int {
    switch self {
    case .kill(let victims): victims.count { $0 == .manager }
    case .killAgain: 2
    case .stop, .fillDisk, .fail: 0
    }
  }

  var hostKills: Int {
    if case .kill(let victims) = self { victims.count { $0 == .host } } else { 0 }
  }
}

/// What is done, and when: all of it decided by the seed.
struct ChaosPlan {
  struct Step: Hashable {
    var stroke: Stroke
    /// How long to wait, in milliseconds, once enough jobs have ended.
    var pause: Int
  }

  private(set) var steps: [Step] = []

  init(_ settings: Settings) {
    var random = SeededGenerator(seed: settings.seed)
    var strokes: [Stroke] = []
    var (managerKills, hostKills) = (settings.managerKills, settings.hostKills)
    // Of the hosts, each third is killed together with the manager.
    for _ in 0..<min(hostKills / 3, managerKills) {
      strokes.append(.kill([.manager, .host].shuffled(using: &random)))
      managerKills -= 1
      hostKills -= 1
    }
    strokes += Array(repeating: .kill([.host]), count: hostKills)
    for _ in 0..<(managerKills / 6) {
      strokes.append(.killAgain(after: Int.random(in: 1...250, using: &random)))
      managerKills -= 2
    }
    strokes += Array(repeating: .kill([.manager]), count: managerKills)
    let hostFaults = Fault.host + (settings.isPatient ? Fault.delaying : [])
    strokes += (0..<settings.faults).map { Self.fault($0, ofHost: hostFaults, using: &random) }
    // Longer than the manager waits for a word of the host (60 s), and the host for one of the manager.
    if settings.isPatient {
      strokes += [.stop(.host, milliseconds: 75_000), .stop(.manager, milliseconds: 60_000)]
    }
    strokes.shuffle(using: &random)
    steps = strokes.map { Step(stroke: $0, pause: Int.random(in: 0...300, using: &random)) }
  }

  /// The kinds come in turn, so that even a few are of many kinds.
  private static func fault(
    _ index: Int, ofHost hostFaults: [Fault], using random: inout SeededGenerator
  ) -> Stroke {
    let milliseconds = Int.random(in: 200...1500, using: &random)
    switch index % 6 {
    case 0: return .fillDisk(milliseconds: milliseconds)
    case 1: return .stop(.manager, milliseconds: milliseconds)
    case 2: return .stop(.host, milliseconds: milliseconds)
    case 3:
      return .fail(.host, hostFaults.randomElement(using: &random)!, milliseconds: milliseconds)
    default:
      return .fail(
        .manager, Fault.manager.randomElement(using: &random)!, milliseconds: milliseconds)
    }
  }
}

/// System calls that fail: strace(1), `-e inject`.
struct Fault: Hashable {
  /// Names, with commas between them.
  var calls: String
  var error: String
  /// Which of them, of each thread: the first, each so many after it, and no more after the last.
  var first = 1
  var step = 1
  var last: Int?

  static let manager = [
    Fault(calls: "fdatasync,fsync", error: "ENOSPC"),
    Fault(calls: "fdatasync,fsync", error: "EIO"),
    Fault(calls: "fdatasync", error: "EIO", first: 2, step: 3),
    Fault(calls: "pwrite64", error: "ENOSPC", first: 2, step: 3),
    Fault(calls: "pwrite64", error: "EIO", first: 3, step: 4),
    Fault(calls: "pread64", error: "EIO", first: 5, step: 7),
    Fault(calls: "accept4", error: "EMFILE"),
    Fault(calls: "openat", error: "EMFILE"),
    // Few, so that they are over when strace lets go: one that is under way then becomes ENOSYS.
    Fault(calls: "epoll_wait,pread64,pwrite64,openat", error: "EINTR", step: 2, last: 60),
  ]

  static let host = [
    Fault(calls: "fdatasync,fsync", error: "EIO"),
    Fault(calls: "connect", error: "ECONNREFUSED"),
    Fault(calls: "epoll_wait,wait4,waitid,poll", error: "EINTR", step: 2, last: 20),
  ]

  /// These keep jobs from being started, which are then delayed.
  static let delaying = [
    Fault(calls: "pwrite64", error: "ENOSPC", step: 3),
    Fault(calls: "openat", error: "EINTR", step: 2, last: 20),
    Fault(calls: "openat", error: "EMFILE"),
    Fault(calls: "mkdirat", error: "EIO"),
  ]

  /// What strace is told, to attach to a process and all its threads, but not to what it starts.
  func arguments(for pid: Int32) -> [String] {
    let when = "\(first)" + (last.map { "..\($0)" } ?? "") + "+\(step)"
    return [
      "strace", "--quiet=all", "--output=/dev/null", "--follow-forks", "--detach-on=execve",
      "--trace=\(calls)", "--inject=\(calls):error=\(error):when=\(when)",
      "--attach=\(pid)",
    ]
  }
}
