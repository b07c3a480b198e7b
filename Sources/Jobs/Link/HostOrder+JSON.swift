extension HostOrder: JSONCoded {
  private enum Member: String, CaseIterable {
    case run, kill, discard, ping, stop, follow, unfollow
  }
  private static let members = JSONNames<Member>()

  /// One line of NDJSON, newline included.
  public func encoded() -> [UInt8] {
    var writer = JSONWriter()
    encode(into: &writer)
    writer.newline()
    return writer.takeBytes()
  }

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .run(let order):
      writer.name("run")
      order.encode(into: &writer)
    case .kill(let attempt): writer.member("kill", attempt.number)
    case .discard(let attempt): writer.member("discard", attempt.number)
    case .ping: writer.member("ping", true)
    case .stop(let killing):
      writer.name("stop")
      writer.beginObject()
      writer.member("killing", killing)
      writer.endObject()
    case .follow(let wish):
      writer.name("follow")
      wish.encode(into: &writer)
    case .unfollow(let follower): writer.member("unfollow", follower)
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var order: HostOrder?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .run: order = .run(try RunOrder(from: &reader))
      case .kill: order = .kill(try AttemptID(from: &reader))
      case .discard: order = .discard(try AttemptID(from: &reader))
      case .ping:
        try reader.skip()
        order = .ping
      case .stop: order = .stop(killing: try Self.killing(from: &reader))
      case .follow: order = .follow(try OutputWish(from: &reader))
      case .unfollow: order = .unfollow(try reader.unsigned())
      }
    }
    guard let order else {
      throw JSONError(
        message:
          "an order that is none of \(Member.allCases.map(\.rawValue).joined(separator: ", "))",
        offset: reader.offset)
    }
    self = order
  }

  private enum StopMember: String, CaseIterable { case killing }
  private static let stopMembers = JSONNames<StopMember>()

  private static func killing(from reader: inout JSONReader) throws(JSONError) -> Bool {
    var killing: Bool?
    try reader.beginObject()
    while try reader.nextMember(of: stopMembers) != nil { killing = try reader.bool() }
    return try reader.require(killing, "killing")
  }
}

extension AttemptID: JSONCoded {
  public func encode(into writer: inout JSONWriter) { writer.int(number) }
  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init(try reader.unsigned())
  }
}

extension RunOrder: JSONCoded {
  private enum Member: String, CaseIterable {
    case attempt, key, spec, requirements
    case directorySuffix = "directory_suffix"
    case untilBuried = "until_buried"
    case baseEnvironment = "base_env"
    case machineCores = "machine_cores"
    case machineMemory = "machine_memory_mb"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("attempt", attempt.number)
    writer.member("key", key.description)
    writer.name("spec")
    spec.encode(into: &writer)
    if requirements != spec.requirements {
      writer.name("requirements")
      requirements.encode(into: &writer)
    }
    writer.member("directory_suffix", directorySuffix)
    writer.member("until_buried", untilBuried)
    if let baseEnvironment { writer.member("base_env", baseEnvironment) }
    if let machine {
      writer.member("machine_cores", machine.cores)
      writer.member("machine_memory_mb", machine.memory.count)
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var attempt: AttemptID?
    var key: JobKey?
    var spec: JobSpec?
    var requirements: Requirements?
    var directorySuffix: String?
    var untilBuried: Int?
    var baseEnvironment: [String]?
    var machineCores: Int?
    var machineMemory: Int?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .attempt: attempt = try AttemptID(from: &reader)
      case .key: key = try reader.jobKey()
      case .spec: spec = try JobSpec(from: &reader)
      case .requirements: requirements = try Requirements(from: &reader)
      case .directorySuffix: directorySuffix = try reader.string()
      case .untilBuried: untilBuried = try reader.int()
      case .baseEnvironment: baseEnvironment = try reader.strings()
      case .machineCores: machineCores = try reader.int()
      case .machineMemory: machineMemory = try reader.int()
      }
    }
    let known = try reader.require(spec, "spec")
    self.init(
      attempt: try reader.require(attempt, "attempt"), key: try reader.require(key, "key"),
      spec: known, requirements: requirements ?? known.requirements,
      directorySuffix: try reader.require(directorySuffix, "directory_suffix"),
      untilBuried: try reader.require(untilBuried, "until_buried"),
      baseEnvironment: baseEnvironment,
      machine: machineCores.map { cores in
        Machine(cores: cores, memory: Megabytes(machineMemory ?? .max))
      })
  }
}
