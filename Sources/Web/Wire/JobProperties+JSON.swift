import Jobs

extension JobProperties {
  /// The properties of a job object; names match whatever their case, unknown ones are ignored.
  enum Property: String, CaseIterable, Sendable {
    case cmd, cwd, group, mounts, memory, time, cpus, disk, override, priority, retries, modules
    case deps, env, queue, misc, rerun
    case repGroup = "rep_grp"
    case reqGroup = "req_grp"
    case cwdMatters = "cwd_matters"
    case changeHome = "change_home"
    case noRetryOverWalltime = "no_retry_over_walltime"
    case limitGroups = "limit_grps"
    case depGroups = "dep_grps"
    case cmdDeps = "cmd_deps"
    case onFailure = "on_failure"
    case onSuccess = "on_success"
    case onExit = "on_exit"
    case monitorDocker = "monitor_docker"
    case withDocker = "with_docker"
    case withSingularity = "with_singularity"
    case containerMounts = "container_mounts"
    case bsubMode = "bsub_mode"
    case cloudOS = "cloud_os"
    case cloudUsername = "cloud_username"
    case cloudFlavor = "cloud_flavor"
    case cloudScript = "cloud_script"
    case cloudConfigFiles = "cloud_config_files"
    case cloudRAM = "cloud_ram"
    case cloudShared = "cloud_shared"
    case queuesAvoid = "queues_avoid"
    case reserveTimeout = "reserve_timeout"

    /// Under which name a text of it is kept among the further wishes (behaviour.md §4.2).
    var wish: String? {
      switch self {
      case .cloudOS: "cloud_os"
      case .cloudUsername: "cloud_user"
      case .cloudFlavor: "cloud_flavor"
      case .cloudConfigFiles: "cloud_config_files"
      case .queue: "scheduler_queue"
      case .queuesAvoid: "scheduler_queues_avoid"
      case .misc: "scheduler_misc"
      default: nil
      }
    }
  }

  private static let names = JSONNames<Property>(ignoringCase: true)

  /// Where properties put what does not belong to one job, and get what is not in the document.
  struct Surroundings {
    var limits: [(group: LimitGroup, limit: Int)] = []
    /// The text of a file on this machine, for cloud_script.
    var readFile: (String) throws(JobDocumentError) -> String
  }

  /// Reads a job object. Null for any property means that it was not given (decision 27).
  mutating func take(
    from reader: inout JSONReader, _ surroundings: inout Surroundings
  ) throws(JobDocumentError) {
    var property: Property?
    do {
      try reader.beginObject()
      while true {
        property = nil
        property = try reader.nextMember(of: Self.names)
        guard let property else { return }
        if try reader.null() { continue }
        try take(property, from: &reader, &surroundings)
      }
    } catch let error as JSONError {
      let name = property.map { "\($0.rawValue): " } ?? ""
      throw JobDocumentError(message: "\(name)\(error.message) (at byte \(error.offset))")
    } catch let error as JobDocumentError {
      throw error
    } catch {
      // Nothing else is thrown above; the compiler cannot see that.
      throw JobDocumentError(message: "\(error)")
    }
  }

  private mutating func take(
    _ property: Property, from reader: inout JSONReader, _ surroundings: inout Surroundings
  ) throws {
    switch property {
    case .cmd: cmd = try reader.string()
    case .cwd: cwd = try reader.string()
    case .repGroup: repGroup = try reader.string()
    case .reqGroup: reqGroup = try reader.string()
    case .group: unixGroup = try reader.string()
    case .monitorDocker: monitorDocker = try reader.string()
    case .withDocker: withDocker = try reader.string()
    case .withSingularity: withSingularity = try reader.string()
    case .containerMounts: containerMounts = try reader.string()
    case .bsubMode: bsubMode = try reader.string()
    case .cwdMatters: cwdMatters = try reader.bool()
    case .changeHome: changeHome = try reader.bool()
    case .rerun: rerun = try reader.bool()
    case .cloudShared: if try reader.bool() { other["cloud_shared"] = "true" }
    case .memory: try takeMemory(try reader.string())
    case .time: try takeTime(try reader.string())
    case .noRetryOverWalltime: try takeNoRetry(try reader.string())
    case .cpus: try takeCores(try reader.double())
    case .disk: diskGigabytes = try reader.int()
    case .override: override = try reader.int()
    case .priority: priority = try reader.int()
    case .retries: retries = try reader.int()
    case .limitGroups: try takeLimitGroups(try reader.texts(), &surroundings)
    case .modules: modules = try reader.texts()
    case .depGroups: depGroups = try reader.texts().map { DepGroup($0) }
    case .deps: groupDependencies = try reader.texts().map { .group(DepGroup($0)) }
    case .cmdDeps:
      commandDependencies = try reader.array { reader throws(JSONError) in
        try reader.dependency()
      }
    case .onFailure: onFailure = try reader.behaviours(on: .failure)
    case .onSuccess: onSuccess = try reader.behaviours(on: .success)
    case .onExit: onExit = try reader.behaviours(on: .exit)
    case .mounts:
      mounts = try reader.array { reader throws(JSONError) in try Mount(from: &reader) }
    case .env: environment = try reader.texts()
    case .cloudOS, .cloudUsername, .cloudFlavor, .cloudConfigFiles, .queue, .queuesAvoid, .misc:
      takeWish(property, try reader.string())
    case .cloudScript: try takeScript(try reader.string(), surroundings)
    case .cloudRAM: other["cloud_os_ram"] = try Self.count(try reader.int(), "cloud_ram")
    case .reserveTimeout: other["rtimeout"] = try Self.count(try reader.int(), "reserve_timeout")
    }
  }

  // MARK: Shared with URL parameters

  mutating func takeMemory(_ text: String) throws(JobDocumentError) {
    if text.isEmpty { return }
    do throws(UnitText.Fault) {
      memory = try UnitText.memory(text)
    } catch {
      throw JobDocumentError(
        message: "memory value (\(text)) was not specified correctly: \(error)")
    }
  }

  mutating func takeTime(_ text: String) throws(JobDocumentError) {
    if !text.isEmpty { time = try Self.time(text) }
  }

  mutating func takeNoRetry(_ text: String) throws(JobDocumentError) {
    if text.isEmpty { return }
    let limit = try Self.time(text)
    noRetryOverWalltime = limit == .zero ? nil : limit
  }

  private static func time(_ text: String) throws(JobDocumentError) -> Duration {
    do throws(UnitText.Fault) {
      return try UnitText.duration(text)
    } catch {
      throw JobDocumentError(message: "time value (\(text)) was not specified correctly: \(error)")
    }
  }

  mutating func takeCores(_ count: Double) throws(JobDocumentError) {
    guard let cores = Cores(exactly: count) else {
      throw JobDocumentError(message: "cpus value (\(count)) is not in the range 0..1000000")
    }
    self.cores = cores
  }

  mutating func takeLimitGroups(_ texts: [String], _ surroundings: inout Surroundings)
    throws(JobDocumentError)
  {
    limitGroups = []
    for text in texts {
      let parsed = try LimitGroupText(text)
      limitGroups.append(parsed.group)
      if let limit = parsed.limit { surroundings.limits.append((parsed.group, limit)) }
    }
  }

  mutating func takeWish(_ property: Property, _ text: String) {
    if let name = property.wish, !text.isEmpty { other[name] = text }
  }

  mutating func takeScript(_ path: String, _ surroundings: Surroundings) throws(JobDocumentError) {
    if !path.isEmpty { other["cloud_script"] = try surroundings.readFile(path) }
  }

  static func count(_ number: Int, _ name: String) throws(JobDocumentError) -> String {
    guard number >= 0 else {
      throw JobDocumentError(message: "\(name) value (\(number)) is below 0")
    }
    return String(number)
  }
}

extension JSONReader {
  /// Reads an array of strings; null and empty ones are ignored (decision 27).
  fileprivate mutating func texts() throws(JSONError) -> [String] {
    try array { reader throws(JSONError) in
      try reader.null() ? "" : try reader.string()
    }.filter { !$0.isEmpty }
  }

  /// Reads an array of behaviour objects.
  mutating func behaviours(on trigger: Behaviour.Trigger) throws(JSONError) -> [Behaviour] {
    try array { reader throws(JSONError) in
      Behaviour(on: trigger, try Behaviour.Action(shown: &reader))
    }
  }

  private enum DependencyMember: String, CaseIterable {
    case cmd, cwd, key, essence
    case jobKey = "JobKey"
    case depGroup = "DepGroup"
  }
  private static let dependencyNames = JSONNames<DependencyMember>(ignoringCase: true)

  /// Reads `{"cmd":…,"cwd":…}`, `{"key":…}` or the original's `{"Essence":{"Cmd":…}}`,
  /// `{"Essence":{"JobKey":…}}`, `{"DepGroup":…}` (decision 17).
  fileprivate mutating func dependency() throws(JSONError) -> Dependency {
    let start = offset
    var (cmd, cwd, key, group) = ("", "", "", "")
    var essence: Dependency?
    try beginObject()
    while let member = try nextMember(of: Self.dependencyNames) {
      if try null() { continue }
      switch member {
      case .cmd: cmd = try string()
      case .cwd: cwd = try string()
      case .key, .jobKey: key = try string()
      case .depGroup: group = try string()
      case .essence: essence = try dependency()
      }
    }
    if let essence { return essence }
    if !group.isEmpty { return .group(DepGroup(group)) }
    if !key.isEmpty {
      guard let key = JobKey(key) else {
        throw JSONError(message: "a key of 32 hexadecimal digits is wanted", offset: start)
      }
      return .key(key)
    }
    guard !cmd.isEmpty else {
      throw JSONError(message: "an object with cmd (and cwd) or key is wanted", offset: start)
    }
    return .command(cmd: cmd, cwd: cwd.isEmpty ? nil : cwd)
  }
}
