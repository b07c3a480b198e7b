import Jobs

/// A container that runs, as an engine lists it (Docker Engine API, `GET /containers/json`).
struct Container: Hashable, Sendable {
  var id: String
  /// Without the slash that the engine puts before each.
  var names: [String]
  /// Seconds since the Unix epoch.
  var created: Int

  /// Reads a list of containers.
  static func list(_ bytes: [UInt8]) throws(JSONError) -> [Container] {
    var reader = JSONReader(bytes)
    if try reader.null() { return [] }
    return try reader.array { (reader) throws(JSONError) in try Container(&reader) }
  }

  private enum Property: String, CaseIterable {
    case id = "Id"
    case names = "Names"
    case created = "Created"
  }

  private init(_ reader: inout JSONReader) throws(JSONError) {
    (id, names, created) = ("", [], 0)
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch Property(rawValue: name) {
      case .id: id = try reader.string()
      case .names: names = try Self.names(&reader)
      case .created: created = try reader.int()
      case nil: try reader.skip()
      }
    }
  }

  private static func names(_ reader: inout JSONReader) throws(JSONError) -> [String] {
    if try reader.null() { return [] }
    return try reader.strings().map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
  }
}

/// What a container uses (`GET /containers/ID/stats`).
struct ContainerUsage: Hashable, Sendable {
  /// Memory that is not the cache of files, in bytes.
  var residentBytes: Int
  /// Of all its processes, since it started.
  var cpuTime: Duration

  /// Reads an engine's answer. Engines on cgroup version 1 and version 2 name memory differently,
  /// and some give no more than the total.
  init(_ bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader(bytes)
    var numbers: [String: Double] = [:]
    try Self.collect(&reader, "", &numbers)
    let resident = ["total_rss", "rss", "anon"].compactMap { numbers["memory_stats.stats.\($0)"] }
    residentBytes = Self.whole(resident.first ?? numbers["memory_stats.usage"])
    cpuTime = .nanoseconds(Self.whole(numbers["cpu_stats.cpu_usage.total_usage"]))
  }

  /// Collects the numbers in an object, and in those in it, by their names with dots between them.
  private static func collect(
    _ reader: inout JSONReader, _ prefix: String, _ numbers: inout [String: Double]
  ) throws(JSONError) {
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch try reader.kind() {
      case .object: try collect(&reader, "\(prefix)\(name).", &numbers)
      case .number: numbers[prefix + name] = try reader.double()
      case .array, .string, .bool, .null: try reader.skip()
      }
    }
  }

  private static func whole(_ number: Double?) -> Int {
    number.flatMap { Int(exactly: $0.rounded()) } ?? 0
  }
}
