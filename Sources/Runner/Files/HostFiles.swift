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
  /// Which slots of the spool are in use, where each result is, and how many of each slot's were
  /// not dropped.
  private var slots = SlotNumbers()
  private var kept: [AttemptID: Int] = [:]
  private var keptIn: [Int: Int] = [:]

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
    try state.removeFreeSlots()
    var left = Predecessors()
    let results = try state.kept()
    slots = SlotNumbers(used: results.map(\.number))
    for slot in results {
      if case .success(let ends) = slot.content { note(ends, in: slot.number) }
      left.add(slot)
    }
    for slot in try state.entries(until: .now + Teardown.patience) {
      if case .success(let entry) = slot.content, entry.bootID == bootID,
        let process = entry.process
      {
        let mark = AttemptMark(attempt: entry.order.attempt, incarnation: entry.incarnation)
        // They were adopted by whoever adopts orphans here, so all processes are looked at.
        var teardown = Teardown(
          of: ProcessRoot(
            identity: process.identity(until: .now + Teardown.patience), mark: mark), known: [],
          host: nil,
          cgroup: configuration.cgroupRoot.map { AttemptCgroup(of: mark, below: $0) })
        for pid in teardown.endAll() {
          left.problems.append("process \(pid) of attempt \(entry.order.attempt) cannot be ended")
        }
      }
      left.add(slot)
    }
    return left
  }

  /// Keeps results until they are dropped.
  /// - Parameter closing: entries of the journal that are closed then.
  /// - Returns: what went wrong; then none is kept, and none closed.
  func keep(_ ends: [RunEnd], closing: [JournalSlot]) -> RunnerError? {
    let slot = slots.take()
    do throws(RunnerError) {
      try state.keep(ends, in: slot)
      note(ends, in: slot)
      for entry in closing { entry.close() }
      return nil
    } catch {
      slots.giveBack(slot)
      return error
    }
  }

  private func note(_ ends: [RunEnd], in slot: Int) {
    for end in ends { kept[end.attempt] = slot }
    keptIn[slot] = ends.count
  }

  /// Deletes results that the manager has, or does not want: those that were kept together once
  /// all of them may go. Reporting one again does no harm.
  func drop(_ attempts: [AttemptID]) {
    for attempt in attempts {
      guard let slot = kept.removeValue(forKey: attempt), let count = keptIn[slot] else {
        continue
      }
      keptIn[slot] = count > 1 ? count - 1 : nil
      if count > 1 { continue }
      state.drop(slot)
      slots.giveBack(slot)
    }
  }

  /// Leaves only files that a successor must see; nobody uses the journal or the spool any more.
  func tidy() throws(RunnerError) { try state.removeFreeSlots() }

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
  var entries: [(slot: Int, entry: JournalEntry)] = []
  /// The slots of the journal that are in use, also by what cannot be read.
  var journalSlots: [Int] = []
  var ends: [AttemptID: RunEnd] = [:]
  /// What could not be read or ended, in words.
  var problems: [String] = []

  mutating func add(_ slot: StateDirectory.Slot<JournalEntry>) {
    journalSlots.append(slot.number)
    switch slot.content {
    case .success(let entry): entries.append((slot.number, entry))
    case .failure(let error): problems.append(error.description)
    }
  }

  mutating func add(_ slot: StateDirectory.Slot<[RunEnd]>) {
    switch slot.content {
    case .success(let kept): for end in kept { ends[end.attempt] = end }
    case .failure(let error): problems.append(error.description)
    }
  }
}
