extension Inventory: JSONCoded {
  private enum Member: String, CaseIterable {
    case incarnation, host, pid, cores, held, running, finished
    case linkVersion = "link_version"
    case hostID = "host_id"
    case hostIP = "host_ip"
    case startTicks = "start_ticks"
    case bootID = "boot_id"
    case memory = "memory_mb"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("link_version", linkVersion)
    writer.member("incarnation", incarnation.text)
    writer.member("host", host)
    writer.member("host_id", hostID, unless: "")
    writer.member("host_ip", hostIP)
    writer.member("pid", pid)
    writer.member("start_ticks", startTicks)
    writer.member("boot_id", bootID)
    writer.member("cores", cores)
    writer.member("memory_mb", memory.count)
    writer.member("held", ifAny: held)
    writer.member("running", ifAny: running)
    writer.member("finished", ifAny: finished)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var linkVersion: Int?
    var incarnation: Incarnation?
    var (host, hostID, hostIP, bootID): (String?, String?, String?, String?)
    var (pid, cores): (Int?, Int?)
    var startTicks: UInt64?
    var memory: Megabytes?
    var (held, finished): ([AttemptID], [AttemptID]) = ([], [])
    var running: [RunStart] = []
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .linkVersion: linkVersion = try reader.int()
      case .incarnation: incarnation = Incarnation(try reader.string())
      case .host: host = try reader.string()
      case .hostID: hostID = try reader.string()
      case .hostIP: hostIP = try reader.string()
      case .pid: pid = try reader.int()
      case .startTicks: startTicks = try reader.unsigned()
      case .bootID: bootID = try reader.string()
      case .cores: cores = try reader.int()
      case .memory: memory = try reader.megabytes()
      case .held: held = try reader.array(of: AttemptID.self)
      case .running: running = try reader.array(of: RunStart.self)
      case .finished: finished = try reader.array(of: AttemptID.self)
      }
    }
    self.init(
      linkVersion: try reader.require(linkVersion, "link_version"),
      incarnation: try reader.require(incarnation, "incarnation"),
      host: try reader.require(host, "host"), hostID: hostID ?? "",
      hostIP: try reader.require(hostIP, "host_ip"), pid: try reader.require(pid, "pid"),
      startTicks: try reader.require(startTicks, "start_ticks"),
      bootID: try reader.require(bootID, "boot_id"), cores: try reader.require(cores, "cores"),
      memory: try reader.require(memory, "memory_mb"), held: held, running: running,
      finished: finished)
  }
}
