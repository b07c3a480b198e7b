extension RunRecord: JSONCoded {
  private enum Member: String, CaseIterable {
    case exited, pid, host, meter
    case actualCwd = "actual_cwd"
    case peakMemory = "peak_memory_mb"
    case peakDisk = "peak_disk_mb"
    case exitCode = "exit_code"
    case failReason = "fail_reason"
    case hostID = "host_id"
    case hostIP = "host_ip"
    case startedAt = "started_at_ns"
    case endedAt = "ended_at_ns"
    case walltime = "walltime_ns"
    case cpuTime = "cpu_time_ns"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("actual_cwd", actualCwd, unless: "")
    writer.member("peak_memory_mb", peakMemory.count, unless: 0)
    writer.member("peak_disk_mb", peakDisk.count, unless: 0)
    writer.member("exited", ifTrue: exited)
    writer.member("exit_code", exitCode, unless: 0)
    if let failReason { writer.member("fail_reason", failReason.text) }
    writer.member("pid", pid, unless: 0)
    writer.member("host", host, unless: "")
    writer.member("host_id", hostID, unless: "")
    writer.member("host_ip", hostIP, unless: "")
    if let startedAt { writer.member("started_at_ns", startedAt.nanoseconds) }
    if let endedAt { writer.member("ended_at_ns", endedAt.nanoseconds) }
    if let walltime { writer.member("walltime_ns", walltime.nanoseconds) }
    writer.member("cpu_time_ns", cpuTime.nanoseconds, unless: 0)
    writer.member("meter", meter.rawValue, unless: Meter.proc.rawValue)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .actualCwd: actualCwd = try reader.string()
      case .peakMemory: peakMemory = try reader.megabytes()
      case .peakDisk: peakDisk = try reader.megabytes()
      case .exited: exited = try reader.bool()
      case .exitCode: exitCode = try reader.int()
      case .failReason: failReason = FailReason(try reader.string())
      case .pid: pid = try reader.int()
      case .host: host = try reader.string()
      case .hostID: hostID = try reader.string()
      case .hostIP: hostIP = try reader.string()
      case .startedAt: startedAt = try reader.timestamp()
      case .endedAt: endedAt = try reader.timestamp()
      case .walltime: walltime = try reader.duration()
      case .cpuTime: cpuTime = try reader.duration()
      case .meter: meter = try reader.choice(of: Meter.self)
      }
    }
  }
}
