import HTTP
import Jobs
import Platform

/// Reads and writes the host's own files, and those of the manager that it needs, on a queue of
/// its own.
actor HostFiles {
  private let executor = SerialQueueExecutor(label: "wr.host")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private var configuration: HostConfiguration
  private let state: StateDirectory
  private var lock: FileLock?
  /// The results that were kept together with each, and under whose name.
  private var kept: [AttemptID: AttemptID] = [:]
  /// How many of those under a name were not dropped.
  private var keptUnder: [AttemptID: Int] = [:]

  init(_ configuration: HostConfiguration) {
    self.configuration = configuration
    state = StateDirectory(configuration.stateDirectory)
  }

  /// Makes the state directory and takes its lock, for the life of this process.
  func open() throws(RunnerError) {
    try state.make()
    do throws(SystemError) {
      lock = try FileLock.acquire(state.lockFile)
    } catch {
      throw .system(error)
    }
    if lock == nil { throw .alreadyRunning(lockFile: state.lockFile) }
  }

  /// Looks for the control group below which each attempt gets one of its own.
  func findCgroupRoot() -> String? {
    configuration.cgroupRoot = configuration.cgroupRoot ?? CgroupRoot.prepare()
    return configuration.cgroupRoot
  }

  /// What the predecessors left. Whatever of theirs still runs is ended.
  /// - Returns: journal entries and kept results by attempt, and what could not be read.
  func recover(bootID: String) throws(RunnerError) -> Predecessors {
    try state.removeUnfinished()
    var left = Predecessors()
    for result in try state.kept() {
      if case .success(let ends) = result { note(ends) }
      left.add(result)
    }
    for result in try state.entries(until: .now + Teardown.patience) {
      if case .success(let entry) = result, entry.bootID == bootID, let process = entry.process {
        let mark = AttemptMark(attempt: entry.order.attempt, incarnation: entry.incarnation)
        // They were adopted by whoever adopts orphans here, so all processes are looked at.
        var teardown = Teardown(
          of: ProcessRoot(identity: process, mark: mark), known: [], host: nil,
          cgroup: configuration.cgroupRoot.map { AttemptCgroup(of: mark, below: $0) })
        for pid in teardown.endAll() {
          left.problems.append("process \(pid) of attempt \(entry.order.attempt) cannot be ended")
        }
      }
      left.add(result)
    }
    return left
  }

  /// Keeps results until they are dropped.
  /// - Returns: what went wrong; then none is kept.
  func keep(_ ends: [RunEnd]) -> RunnerError? {
    do throws(RunnerError) {
      try state.keep(ends)
      note(ends)
      return nil
    } catch {
      return error
    }
  }

  private func note(_ ends: [RunEnd]) {
    guard let first = ends.first?.attempt else { return }
    for end in ends { kept[end.attempt] = first }
    keptUnder[first] = ends.count
  }

  /// Deletes results that the manager has, or does not want: those that were kept together once
  /// all of them may go. Reporting one again does no harm.
  func drop(_ attempts: [AttemptID]) {
    for attempt in attempts {
      guard let name = kept.removeValue(forKey: attempt), let count = keptUnder[name] else {
        continue
      }
      keptUnder[name] = count > 1 ? count - 1 : nil
      if count == 1 { state.drop(startingWith: name) }
    }
  }

  /// Reads anew where the manager is: it may have moved, or have a new token or authority.
  func address() throws -> ManagerAddress {
    let token = String(decoding: try readFile(configuration.tokenFile), as: UTF8.self)
      .filter { !$0.isWhitespace }
    let place = (try? readFile(configuration.addressFile)).flatMap {
      ManagerAddress.parse(String(decoding: $0, as: UTF8.self))
    }
    return ManagerAddress(
      host: place?.host ?? configuration.managerHost,
      port: place?.port ?? configuration.managerPort, token: token,
      context: try TLSContext(authorityFile: configuration.authorityFile))
  }
}

/// What earlier runner hosts left in the state directory.
struct Predecessors: Sendable {
  var entries: [JournalEntry] = []
  var ends: [AttemptID: RunEnd] = [:]
  /// What could not be read or ended, in words.
  var problems: [String] = []

  mutating func add(_ result: Result<JournalEntry, RunnerError>) {
    switch result {
    case .success(let entry): entries.append(entry)
    case .failure(let error): problems.append(error.description)
    }
  }

  mutating func add(_ result: Result<[RunEnd], RunnerError>) {
    switch result {
    case .success(let kept): for end in kept { ends[end.attempt] = end }
    case .failure(let error): problems.append(error.description)
    }
  }
}
