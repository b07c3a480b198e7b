extension Requirements: JSONCoded {
  private enum Member: String, CaseIterable {
    case memory = "memory_mb"
    case time = "time_ns"
    case cores = "cores_thousandths"
    case disk = "disk_gb"
    case diskIsSet = "disk_is_set"
    case other
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    let usual = Requirements()
    writer.beginObject()
    writer.member("memory_mb", memory.count, unless: usual.memory.count)
    writer.member("time_ns", time.nanoseconds, unless: usual.time.nanoseconds)
    writer.member("cores_thousandths", cores.thousandths, unless: usual.cores.thousandths)
    writer.member("disk_gb", diskGigabytes, unless: usual.diskGigabytes)
    writer.member("disk_is_set", ifTrue: diskIsSet)
    if !other.isEmpty {
      writer.name("other")
      writer.beginObject()
      for (key, value) in other.sorted(by: { $0.key < $1.key }) {
        writer.name(escaping: key)
        writer.string(value)
      }
      writer.endObject()
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .memory: memory = try reader.megabytes()
      case .time: time = try reader.duration()
      case .cores: cores = Cores(thousandths: try reader.int())
      case .disk: diskGigabytes = try reader.int()
      case .diskIsSet: diskIsSet = try reader.bool()
      case .other:
        try reader.beginObject()
        while let key = try reader.nextName() { other[key] = try reader.string() }
      }
    }
  }
}
