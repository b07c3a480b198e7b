import Jobs

extension JobProperties {
  /// Takes URL parameters, which have the names of the properties; of a repeated one the first
  /// counts, unknown ones are ignored (decision 24). `cmd` and `cmd_deps` cannot be given so.
  mutating func take(
    parameters: [(name: String, value: String)], _ surroundings: inout Surroundings
  ) throws(JobDocumentError) {
    var seen: Set<String> = []
    for (name, value) in parameters where seen.insert(name).inserted {
      guard let property = Property(rawValue: name) else { continue }
      try take(property, value, &surroundings)
    }
    // As defaults these mean "not given" (behaviour.md §4.3).
    if memory == 0 { memory = nil }
    if time == .zero { time = nil }
  }

  private mutating func take(
    _ property: Property, _ value: String, _ surroundings: inout Surroundings
  ) throws(JobDocumentError) {
    let items = value.split(separator: ",").map(String.init)
    switch property {
    case .cmd, .cmdDeps: break
    case .cwd: cwd = value
    case .repGroup: repGroup = value
    case .reqGroup: reqGroup = value
    case .group: unixGroup = value
    case .monitorDocker: monitorDocker = value
    case .withDocker: withDocker = value
    case .withSingularity: withSingularity = value
    case .containerMounts: containerMounts = value
    case .bsubMode: bsubMode = value
    case .cwdMatters: cwdMatters = value == "true"
    case .changeHome: changeHome = value == "true"
    case .rerun: rerun = value == "true"
    case .cloudShared: if value == "true" { other["cloud_shared"] = "true" }
    case .memory: try takeMemory(value)
    case .time: try takeTime(value)
    case .noRetryOverWalltime: try takeNoRetry(value)
    case .cpus:
      guard !value.isEmpty else { return }
      guard let count = Double(value) else { throw Self.notANumber(property, value) }
      try takeCores(count)
    case .disk: diskGigabytes = try Self.number(property, value, 0...1_000_000_000)
    case .override: override = try Self.number(property, value, 0...2)
    case .priority: priority = try Self.number(property, value, 0...255)
    case .retries: retries = try Self.number(property, value, 0...255)
    case .cloudRAM:
      if let megabytes = try Self.number(property, value, 0...1_000_000_000), megabytes > 0 {
        other["cloud_os_ram"] = String(megabytes)
      }
    case .reserveTimeout:
      if let seconds = try Self.number(property, value, 0...1_000_000_000) {
        other["rtimeout"] = String(seconds)
      }
    case .limitGroups: try takeLimitGroups(items, &surroundings)
    case .modules: modules = items
    case .depGroups: depGroups = items.map { DepGroup($0) }
    case .deps: groupDependencies = items.map { .group(DepGroup($0)) }
    case .env: environment = items
    case .onFailure: onFailure = try Self.behaviours(property, .failure, value)
    case .onSuccess: onSuccess = try Self.behaviours(property, .success, value)
    case .onExit: onExit = try Self.behaviours(property, .exit, value)
    case .mounts:
      mounts = try Self.json(property, value) { reader throws(JSONError) in
        try reader.array { reader throws(JSONError) in try Mount(from: &reader) }
      }
    case .cloudOS, .cloudUsername, .cloudFlavor, .cloudConfigFiles, .queue, .queuesAvoid, .misc:
      takeWish(property, value)
    case .cloudScript: try takeScript(value, surroundings)
    }
  }

  private static func notANumber(_ property: Property, _ value: String) -> JobDocumentError {
    JobDocumentError(message: "\(property.rawValue) value (\(value)) is not a number")
  }

  /// A whole number within a range; nil if there is no text (decision 14).
  private static func number(_ property: Property, _ value: String, _ range: ClosedRange<Int>)
    throws(JobDocumentError) -> Int?
  {
    if value.isEmpty { return nil }
    guard let number = Int(value) else { throw notANumber(property, value) }
    guard range.contains(number) else {
      throw JobDocumentError(
        message: "\(property.rawValue) value (\(number)) is not in the range "
          + "\(range.lowerBound)..\(range.upperBound)")
    }
    return number
  }

  private static func behaviours(
    _ property: Property, _ trigger: Behaviour.Trigger, _ value: String
  ) throws(JobDocumentError) -> [Behaviour] {
    try json(property, value) { reader throws(JSONError) in
      try reader.behaviours(on: trigger)
    }
  }

  /// Reads a parameter whose value is a JSON text; no text is an empty list.
  private static func json<Element>(
    _ property: Property, _ value: String,
    _ read: (inout JSONReader) throws(JSONError) -> [Element]
  ) throws(JobDocumentError) -> [Element] {
    if value.isEmpty { return [] }
    var reader = JSONReader(Array(value.utf8))
    do throws(JSONError) {
      let elements = try read(&reader)
      try reader.finish()
      return elements
    } catch {
      throw JobDocumentError(
        message: "\(property.rawValue): \(error.message) (at byte \(error.offset))")
    }
  }
}
