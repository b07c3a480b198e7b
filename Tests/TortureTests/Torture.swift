import Glibc
import HTTP
import Platform

/// One torture: clients add jobs, a supervisor keeps a manager running, and harm comes to both it
/// and its runner host, until all jobs have come to their end.
actor Torture {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  let house: House
  /// What each client adds, POST by POST.
  let clients: [[[Chore]]]
  let steps: [ChaosPlan.Step]
  let crash: CrashPoint?
  var chores: [Int: Chore] = [:]
  /// The chores of which nobody knows the end yet.
  var open: Set<Int> = []
  var ledger = Ledger()
  var report = Report()
  /// What has gone wrong beside the disagreements that are found in the end.
  var complaints: [String] = []
  /// The manager that runs now.
  var manager: pid_t?
  /// The manager that has been seen to serve.
  private var serving: pid_t?
  /// The runner host, and those of the past that were killed.
  var host: pid_t?
  var killedHosts: Set<pid_t> = []
  private(set) var isOver = false
  private var isStopped = false
  /// The disk is full, or system calls fail: a manager that is started says so and ends.
  var mayRefuseToStart = false
  /// When that was over last.
  var lastFault: Instant?
  /// How much of the ledger's file was read.
  private var ledgerOffset = 0

  /// How long nothing may happen at all before the torture is given up.
  static let patience = Duration.seconds(240)

  /// - Parameters:
  ///   - steps: what is done to the processes meanwhile.
  ///   - crash: where the first manager, or one of its runner hosts, is killed.
  init(
    of house: House, clients: [[[Chore]]], steps: [ChaosPlan.Step] = [], crash: CrashPoint? = nil,
    on reactor: Reactor
  ) {
    self.house = house
    self.clients = clients
    self.steps = steps
    self.crash = crash
    self.reactor = reactor
  }

  /// - Returns: what was done and seen, and what must not have been.
  func run() async throws -> (Report, [String]) {
    let start = Instant.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.keepManager() }
      group.addTask { try await self.watch() }
      group.addTask { try await self.tend() }
      do {
        try await torment()
        try await settle()
        try await judge()
      } catch {
        complaints.append("\(error)")
      }
      report.time = .now - start
      isOver = true
      try await stopManager()
      try await group.waitForAll()
    }
    complaints += try Leftovers(of: house).complaints()
    if !complaints.isEmpty { report.words = house.words }
    return (report, complaints)
  }

  /// Clients and chaos, until both have done all they are to do.
  private func torment() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for batches in clients { group.addTask { try await self.add(batches) } }
      group.addTask { try await self.strike() }
      try await group.waitForAll()
    }
  }

  // MARK: The supervisor

  /// Starts the manager again whenever it has ended, as systemd would, until it was stopped.
  private func keepManager() async throws {
    defer { isStopped = true }
    var isToRestart = false
    while !isOver || isToRestart {
      let start = Instant.now
      let trap = report.starts == 0 ? try crash?.environment() : nil
      let (pid, handle) = try house.start(
        ["manager", "start", "--foreground"], environment: trap ?? []
      ).take()
      manager = pid
      report.starts += 1
      await withDiscardingTaskGroup { group in
        group.addTask { await self.probe(pid, since: start) }
        await self.waitForEnd(ofHandle: handle)
        self.manager = nil
      }
      close(handle)
      let end = try reap(pid)
      isToRestart = end?.exitCode != 0
      if end?.signal != Int(SIGKILL), !isOver {
        let how = end?.signal.map { "signal \($0)" } ?? "exit code \(end?.exitCode ?? 0)"
        // One that was being started then may take its time to say so.
        if mayRefuseToStart || serving != pid && (lastFault.map { $0 >= start } ?? false) {
          report.refusedStarts += 1
        } else {
          complaints.append("the manager (pid \(pid)) ended by itself: \(how)")
        }
        await pause(milliseconds: 100)
      }
    }
  }

  /// Measures how long a new manager takes to answer at all, and to serve.
  private func probe(_ pid: pid_t, since start: Instant) async {
    let line = Line(to: house, on: reactor)
    var hasAnswered = false
    while manager == pid {
      if case .answer(let status, _) = await line.ask("GET", "/rest/v1/info/") {
        if !hasAnswered { report.firstAnswers.append(.now - start) }
        hasAnswered = true
        if status == 200 {
          report.recoveries.append(.now - start)
          serving = pid
          break
        }
      }
      await pause(milliseconds: 5)
    }
    await line.close()
  }

  func waitForEnd(ofHandle handle: Int32, until deadline: Instant? = nil) async {
    guard (try? reactor.register(handle)) != nil else { return }
    _ = await reactor.wait(for: .reading, on: handle, until: deadline)
    reactor.unregister(handle)
  }

  func pause(milliseconds: Int) async {
    _ = await reactor.sleep(until: .now + .milliseconds(milliseconds))
  }

  // MARK: Watching

  /// Reads what the commands note, and sees to it that no runner host ends unless it was killed.
  private func watch() async throws {
    while !isOver {
      try readLedger()
      let holder = try FileLock.holder(of: "\(house.files)/runner/lock")
      if let host, holder != host, !killedHosts.contains(host), !isOver {
        if crash?.program == .runner, crash?.hasCome == true, killedHosts.isEmpty {
          killedHosts.insert(host)
        } else {
          complaints.append("the runner host (pid \(host)) ended by itself")
        }
      }
      host = holder
      await pause(milliseconds: 20)
    }
  }

  func readLedger() throws {
    let file = try openFile(house.ledgerFile, O_RDONLY)
    lseek(file.number, off_t(ledgerOffset), SEEK_SET)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file.number, &buffer, buffer.count)
      guard count > 0 else { break }
      ledgerOffset += count
      ledger.append(buffer[..<count])
    }
    open.subtract(ledger.ended)
  }

  // MARK: The end

  /// Stops the manager as a person would: again, if it was killed meanwhile.
  private func stopManager() async throws {
    let limit = Instant.now + .seconds(60)
    repeat {
      guard let manager, serving == manager else {
        await pause(milliseconds: 5)
        continue
      }
      let (pid, handle) = try house.start(["manager", "stop"]).take()
      await waitForEnd(ofHandle: handle)
      close(handle)
      _ = try reap(pid)
      await pause(milliseconds: 20)
    } while !isStopped && Instant.now < limit
    if !isStopped {
      complaints.append("the manager cannot be stopped")
      if let manager { kill(manager, SIGKILL) }
    }
  }
}
