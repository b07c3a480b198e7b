import Glibc
import Jobs
import Platform

/// Looks once a second at the processes of all attempts that run, with one scan of `/proc` for
/// all of them. Does nothing while none runs.
actor UsageSampler {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  /// What is called with each new sample.
  typealias Receiver = @Sendable (ProcessUsage) async -> Void

  private struct Watched {
    let root: ProcessRoot
    var usage: ProcessUsage
    let receive: Receiver
  }

  static let interval = Duration.seconds(1)

  private let scanner = ProcessScanner()
  private let changed: Wakeup
  private var watched: [AttemptID: Watched] = [:]
  /// Children of this process that belong to no attempt: behaviours.
  private var others: Set<Int32> = []
  /// When the next sample is to be taken.
  private var due = Instant.now
  private var isStopping = false
  private let reapsStrays: Bool

  /// - Parameter reapsStrays: takes all orphans off the kernel's list that belong to no attempt
  ///   we know, in a process that is a runner host and nothing else.
  init(reactor: Reactor, reapsStrays: Bool) {
    self.reactor = reactor
    self.reapsStrays = reapsStrays
    changed = Wakeup(on: reactor)
  }

  /// Samples until `stop`.
  func run() async {
    while !isStopping {
      switch await changed.wait(until: watched.isEmpty ? nil : due) {
      case .closed: return
      case .ready: continue
      case .timeout:
        due = .now + Self.interval
        await sample()
      }
    }
  }

  func stop() {
    isStopping = true
    changed.signal()
  }

  /// Begins to watch an attempt's processes.
  func watch(
    _ usage: ProcessUsage, of root: ProcessRoot, for attempt: AttemptID,
    receive: @escaping Receiver
  ) {
    // After a pause, the first sample comes a whole interval later.
    if watched.isEmpty { due = .now + Self.interval }
    watched[attempt] = Watched(root: root, usage: usage, receive: receive)
    changed.signal()
  }

  /// Ends watching an attempt.
  func unwatch(_ attempt: AttemptID) { watched[attempt] = nil }

  /// Our children that do not belong to an attempt.
  func others(than attempt: AttemptID?) -> Set<Int32> {
    watched.reduce(into: others) { result, entry in
      if entry.key != attempt { result.insert(entry.value.root.identity.pid) }
    }
  }

  func add(other pid: Int32) { others.insert(pid) }
  func remove(other pid: Int32) { others.remove(pid) }

  private func sample() async {
    let sampled = await scanner.sample(
      watched.mapValues { ($0.root, $0.usage) }, others: others, reapsStrays: reapsStrays)
    for (attempt, usage) in sampled {
      // It may have ended meanwhile.
      guard let receive = watched[attempt]?.receive else { continue }
      watched[attempt]?.usage = usage
      await receive(usage)
    }
  }
}

/// Reads `/proc` on a queue of its own, as that may block.
private actor ProcessScanner {
  private let executor = SerialQueueExecutor(label: "wr.usage")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Children of ours that had ended at the last scan and belong to nothing we know.
  private var strays: Set<ProcessIdentity> = []

  func sample(
    _ watched: [AttemptID: (root: ProcessRoot, usage: ProcessUsage)], others: Set<Int32>,
    reapsStrays: Bool
  ) -> [AttemptID: ProcessUsage] {
    let table = ProcessScan.everything()
    let roots = Set(watched.values.map { $0.root.identity.pid })
    let now = Instant.now
    let sampled = watched.mapValues { (root, usage) in
      var usage = usage
      usage.sample(
        table, of: root, others: others.union(roots).subtracting([root.identity.pid]), now: now)
      return usage
    }
    if reapsStrays { reap(table, except: roots.union(others)) }
    return sampled
  }

  /// Reaps what was there a scan ago already: a command that was started a moment ago, and ended
  /// before it is known, is thus left to who started it.
  private func reap(_ table: ProcessTable, except ours: Set<Int32>) {
    var left: Set<ProcessIdentity> = []
    for child in table.children(of: getpid()) where child.isDead && !ours.contains(child.pid) {
      if strays.contains(child.identity) {
        _ = try? Platform.reap(child.pid)
      } else {
        left.insert(child.identity)
      }
    }
    strays = left
  }
}
