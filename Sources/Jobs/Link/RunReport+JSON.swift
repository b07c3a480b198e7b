extension RunReport: JSONCoded {
  private enum Member: String, CaseIterable {
    case started, ended
    case givenBack = "given_back"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .started(let start):
      writer.name("started")
      start.encode(into: &writer)
    case .ended(let end):
      writer.name("ended")
      end.encode(into: &writer)
    case .givenBack(let attempt): writer.member("given_back", attempt.number)
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var report: RunReport?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .started: report = .started(try RunStart(from: &reader))
      case .ended: report = .ended(try RunEnd(from: &reader))
      case .givenBack: report = .givenBack(try AttemptID(from: &reader))
      }
    }
    guard let report else {
      throw JSONError(
        message: "a report that is neither started, ended nor given back", offset: reader.offset)
    }
    self = report
  }
}

extension RunStart: JSONCoded {
  private enum Member: String, CaseIterable {
    case attempt, pid
    case startedAt = "started_at_ns"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("attempt", attempt.number)
    writer.member("pid", pid)
    writer.member("started_at_ns", startedAt.nanoseconds)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var attempt: AttemptID?
    var pid: Int?
    var startedAt: Timestamp?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .attempt: attempt = try AttemptID(from: &reader)
      case .pid: pid = try reader.int()
      case .startedAt: startedAt = try reader.timestamp()
      }
    }
    self.init(
      attempt: try reader.require(attempt, "attempt"), pid: try reader.require(pid, "pid"),
      startedAt: try reader.require(startedAt, "started_at_ns"))
  }
}

extension RunEnd: JSONCoded {
  private enum Member: String, CaseIterable {
    case attempt, verdict, reason, start, exited, stdout, stderr, meter
    case exitCode = "exit_code"
    case peakMemory = "peak_memory_mb"
    case peakDisk = "peak_disk_mb"
    case cpuTime = "cpu_time_ns"
    case walltime = "walltime_ns"
    case endedAt = "ended_at_ns"
    case actualCwd = "actual_cwd"
  }
  private static let members = JSONNames<Member>()

  /// The verdicts by name; all but `complete` come with a reason.
  private enum VerdictName: String, CaseIterable { case complete, release, bury }

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("attempt", attempt.number)
    switch verdict {
    case .complete: writer.member("verdict", "complete")
    case .release(let reason):
      writer.member("verdict", "release")
      writer.member("reason", reason.text)
    case .bury(let reason):
      writer.member("verdict", "bury")
      writer.member("reason", reason.text)
    }
    if let start {
      writer.name("start")
      start.encode(into: &writer)
    }
    writer.member("exited", ifTrue: exited)
    writer.member("exit_code", exitCode, unless: -1)
    writer.member("peak_memory_mb", peakMemory.count, unless: 0)
    writer.member("peak_disk_mb", peakDisk.count, unless: 0)
    writer.member("cpu_time_ns", cpuTime.nanoseconds, unless: 0)
    writer.member("walltime_ns", walltime.nanoseconds, unless: 0)
    writer.member("ended_at_ns", endedAt.nanoseconds)
    writer.member("actual_cwd", actualCwd, unless: "")
    writer.member("stdout", stdout, unless: "")
    writer.member("stderr", stderr, unless: "")
    writer.member("meter", meter.rawValue, unless: Meter.proc.rawValue)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var end = RunEnd(attempt: AttemptID(0), verdict: .complete, endedAt: Timestamp(seconds: 0))
    var attempt: AttemptID?
    var verdict: VerdictName?
    var reason: FailReason?
    var endedAt: Timestamp?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .attempt: attempt = try AttemptID(from: &reader)
      case .verdict: verdict = try reader.choice(of: VerdictName.self)
      case .reason: reason = FailReason(try reader.string())
      case .start: end.start = try RunStart(from: &reader)
      case .exited: end.exited = try reader.bool()
      case .exitCode: end.exitCode = try reader.int()
      case .peakMemory: end.peakMemory = try reader.megabytes()
      case .peakDisk: end.peakDisk = try reader.megabytes()
      case .cpuTime: end.cpuTime = try reader.duration()
      case .walltime: end.walltime = try reader.duration()
      case .endedAt: endedAt = try reader.timestamp()
      case .actualCwd: end.actualCwd = try reader.string()
      case .stdout: end.stdout = try reader.string()
      case .stderr: end.stderr = try reader.string()
      case .meter: end.meter = try reader.choice(of: Meter.self)
      }
    }
    end.attempt = try reader.require(attempt, "attempt")
    end.endedAt = try reader.require(endedAt, "ended_at_ns")
    switch try reader.require(verdict, "verdict") {
    case .complete: end.verdict = .complete
    case .release: end.verdict = .release(try reader.require(reason, "reason"))
    case .bury: end.verdict = .bury(try reader.require(reason, "reason"))
    }
    self = end
  }
}
