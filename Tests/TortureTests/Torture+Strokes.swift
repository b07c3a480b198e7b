import Glibc
import Platform

/// What befalls the processes.
extension Torture {
  /// How long a stroke waits for jobs to end, in case that none can.
  private static let lull = Duration.seconds(5)

  /// Deals the strokes of the plan, spread over the jobs.
  func strike() async throws {
    let total = clients.joined().joined().count { $0.ends }
    for (index, step) in steps.enumerated() {
      let wanted = total * (index + 1) / (steps.count + 2)
      let limit = Instant.now + Self.lull
      while ledger.ended.count < wanted, Instant.now < limit { await pause(milliseconds: 5) }
      await pause(milliseconds: step.pause)
      try await deal(step.stroke)
    }
  }

  private func deal(_ stroke: Stroke) async throws {
    if case .fillDisk = stroke, !house.hasOwnDisk {
      report.notes.insert("no file system could be mounted (only root can): no disk was filled")
      return
    }
    switch stroke {
    case .kill(let victims):
      for victim in victims { await kill(victim) }
    case .killAgain(let milliseconds):
      await kill(.manager)
      await waitFor(.manager)
      await pause(milliseconds: milliseconds)
      await kill(.manager)
    case .stop(let victim, let milliseconds):
      guard let pid = await waitFor(victim), let process = try? openProcess(pid) else { return }
      signal(SIGSTOP, toHandle: process.number)
      await pause(milliseconds: milliseconds)
      signal(SIGCONT, toHandle: process.number)
    case .fillDisk(let milliseconds):
      mayRefuseToStart = true
      try house.fillDisk()
      await pause(milliseconds: milliseconds)
      house.emptyDisk()
      mayRefuseToStart = false
      lastFault = .now
    case .fail(let victim, let fault, let milliseconds):
      guard let pid = await waitFor(victim) else { return }
      mayRefuseToStart = victim == .manager
      try await inject(fault, into: pid, milliseconds: milliseconds)
      mayRefuseToStart = false
      lastFault = .now
    }
    report.strokes[stroke.name, default: 0] += 1
    report.managerKills += stroke.managerKills
    report.hostKills += stroke.hostKills
  }

  /// - Returns: nil if there is none for long, which is a complaint.
  @discardableResult
  func waitFor(_ victim: Stroke.Victim) async -> pid_t? {
    let limit = Instant.now + .seconds(60)
    while Instant.now < limit {
      if let pid = victim == .manager ? manager : host { return pid }
      await pause(milliseconds: 2)
    }
    complaints.append("there is no \(victim.rawValue) for a minute")
    return nil
  }

  /// Ends a process at once, and returns when it has gone.
  private func kill(_ victim: Stroke.Victim) async {
    guard let pid = await waitFor(victim), let process = try? openProcess(pid) else { return }
    if victim == .host { killedHosts.insert(pid) }
    let before = host
    signal(SIGKILL, toHandle: process.number)
    await waitForEnd(ofHandle: process.number)
    switch victim {
    case .manager: manager = nil
    case .host: if host == before { host = nil }
    }
  }

  /// Has system calls of a process fail for a time.
  private func inject(_ fault: Fault, into pid: pid_t, milliseconds: Int) async throws {
    let null = try openFile("/dev/null", O_RDWR)
    guard let path = findExecutable("strace", searchPath: "/usr/bin:/bin:/usr/local/bin") else {
      report.notes.insert("there is no strace: no system calls were made to fail")
      return
    }
    let tracer = try spawn(
      SpawnPlan(path: path, arguments: fault.arguments(for: pid), environment: []),
      standard: (null.number, null.number, null.number))
    await pause(milliseconds: milliseconds)
    // It lets go of the process and ends; unless it waits for a thread to stop that waits itself
    // for a child that it has stopped.
    signal(SIGINT, toHandle: tracer.handle.number)
    await waitForEnd(ofHandle: tracer.handle.number, until: .now + .milliseconds(500))
    signal(SIGKILL, toHandle: tracer.handle.number)
    await waitForEnd(ofHandle: tracer.handle.number)
    let end = try reap(tracer.pid)
    if end?.exitCode == 1 {
      report.notes.insert("strace may not trace: no calls were made to fail")
    }
  }
}
