import Support

@testable import Jobs

/// Random values of all that goes over the link, with defaults and extremes among them.
extension SeededGenerator {
  mutating func bool() -> Bool { Bool.random(using: &self) }

  mutating func int() -> Int {
    [0, 1, -1, 255, Int(next() >> 40), .max, .min].randomElement(using: &self)!
  }

  mutating func unsigned() -> UInt64 { [0, 1, next(), .max].randomElement(using: &self)! }

  mutating func text() -> String {
    ["", "x", "sleep 5 && echo \"é\" > /tmp/a\\b\n", "🙂\0\u{7f}", "a=b", "/tmp", "manually_added"]
      .randomElement(using: &self)!
  }

  mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
    bool() ? make(&self) : nil
  }

  mutating func some<Value>(_ make: (inout Self) -> Value) -> [Value] {
    (0..<[0, 0, 1, 3].randomElement(using: &self)!).map { _ in make(&self) }
  }

  mutating func duration() -> Duration { .nanoseconds(Int64(int())) }
  mutating func timestamp() -> Timestamp { Timestamp(nanoseconds: Int64(int())) }
  mutating func megabytes() -> Megabytes { Megabytes(int()) }
  mutating func attempt() -> AttemptID { AttemptID(unsigned()) }
  mutating func key() -> JobKey { JobKey(low: next(), high: next()) }
  mutating func failReason() -> FailReason {
    [.exit, .memory, FailReason(text())][Int.random(in: 0..<3, using: &self)]
  }

  mutating func requirements() -> Requirements {
    if bool() { return Requirements() }
    return Requirements(
      memory: megabytes(), time: duration(), cores: Cores(thousandths: int()),
      diskGigabytes: int(), diskIsSet: bool(),
      other: Dictionary(some { ($0.text(), $0.text()) }, uniquingKeysWith: { $1 }))
  }

  mutating func dependency() -> Dependency {
    switch Int.random(in: 0..<3, using: &self) {
    case 0: .group(DepGroup(text()))
    case 1: .key(key())
    default: .command(cmd: text(), cwd: maybe { $0.text() })
    }
  }

  mutating func behaviour() -> Behaviour {
    let actions: [Behaviour.Action] = [
      .run(text()), .copyToManager(some { $0.text() }), .cleanup, .cleanupAll, .remove, .nothing,
    ]
    return Behaviour(
      on: Behaviour.Trigger.allCases.randomElement(using: &self)!,
      actions.randomElement(using: &self)!)
  }

  mutating func mount() -> Mount {
    Mount(
      mount: text(), cacheBase: text(), retries: int(), verbose: bool(),
      targets: some {
        Mount.Target(
          profile: $0.text(), path: $0.text(), cache: $0.bool(), cacheDirectory: $0.text(),
          write: $0.bool())
      })
  }

  mutating func spec() -> JobSpec {
    JobSpec(
      cmd: text(), cwd: text(), cwdMatters: bool(), changeHome: bool(),
      repGroup: RepGroup(text()), reqGroup: maybe { ReqGroup($0.text()) }, unixGroup: text(),
      requirements: requirements(), override: int(), priority: int(), retries: int(),
      noRetryOverWalltime: maybe { $0.duration() }, limitGroups: some { LimitGroup($0.text()) },
      modules: some { $0.text() }, depGroups: some { DepGroup($0.text()) },
      dependencies: some { $0.dependency() }, behaviours: some { $0.behaviour() },
      mounts: some { $0.mount() }, monitorDocker: text(), withDocker: text(),
      withSingularity: text(), containerMounts: text(), bsubMode: text(),
      environment: some { $0.text() }, keepsOutput: bool())
  }

  mutating func runRecord() -> RunRecord {
    var record = RunRecord()
    if bool() { return record }
    record.actualCwd = text()
    record.peakMemory = megabytes()
    record.peakDisk = megabytes()
    record.exited = bool()
    record.exitCode = int()
    record.failReason = maybe { $0.failReason() }
    record.pid = int()
    record.host = text()
    record.hostID = text()
    record.hostIP = text()
    record.startedAt = maybe { $0.timestamp() }
    record.endedAt = maybe { $0.timestamp() }
    record.walltime = maybe { $0.duration() }
    record.cpuTime = duration()
    record.meter = Meter.allCases.randomElement(using: &self)!
    return record
  }

  mutating func runOrder() -> RunOrder {
    let spec = spec()
    return RunOrder(
      attempt: attempt(), key: key(), spec: spec,
      requirements: bool() ? spec.requirements : requirements(), directorySuffix: text(),
      untilBuried: int(), baseEnvironment: maybe { $0.some { $0.text() } },
      machine: maybe { Machine(cores: $0.int(), memory: $0.megabytes()) })
  }

  mutating func runStart() -> RunStart {
    RunStart(attempt: attempt(), pid: int(), startedAt: timestamp())
  }

  mutating func runEnd() -> RunEnd {
    let verdicts: [Verdict] = [.complete, .release(failReason()), .bury(failReason())]
    return RunEnd(
      attempt: attempt(), verdict: verdicts.randomElement(using: &self)!,
      start: maybe { $0.runStart() }, exited: bool(), exitCode: int(), peakMemory: megabytes(),
      peakDisk: megabytes(), cpuTime: duration(), walltime: duration(), endedAt: timestamp(),
      actualCwd: text(), stdout: text(), stderr: text(),
      meter: Meter.allCases.randomElement(using: &self)!)
  }

  mutating func inventory() -> Inventory {
    Inventory(
      linkVersion: int(), incarnation: Incarnation(text()), host: text(), hostID: text(),
      hostIP: text(), pid: int(), startTicks: unsigned(), bootID: text(), cores: int(),
      memory: megabytes(), held: some { $0.attempt() }, running: some { $0.runStart() },
      finished: some { $0.attempt() })
  }

  mutating func runReport() -> RunReport {
    let reports: [RunReport] = [.started(runStart()), .ended(runEnd()), .givenBack(attempt())]
    return reports.randomElement(using: &self)!
  }

  mutating func reportBatch() -> ReportBatch {
    ReportBatch(
      incarnation: Incarnation(text()), sequence: unsigned(), alive: some { $0.attempt() },
      reports: some { $0.runReport() },
      written: some { RunOutput(follower: $0.unsigned(), text: $0.text(), isLast: $0.bool()) })
  }

  mutating func hostOrder() -> HostOrder {
    let orders: [HostOrder] = [
      .run(runOrder()), .kill(attempt()), .discard(attempt()), .ping, .stop(killing: bool()),
      .follow(
        OutputWish(
          follower: unsigned(), attempt: attempt(), stream: bool() ? .stdout : .stderr,
          isOnce: bool())), .unfollow(unsigned()),
    ]
    return orders.randomElement(using: &self)!
  }
}
