extension JobSpec: JSONCoded {
  private enum Member: String, CaseIterable {
    case cmd, cwd, override, priority, retries, modules, behaviours, mounts
    case cwdMatters = "cwd_matters"
    case changeHome = "change_home"
    case repGroup = "rep_grp"
    case reqGroup = "req_grp"
    case unixGroup = "group"
    case requirements = "requirements"
    case noRetryOverWalltime = "no_retry_over_walltime_ns"
    case limitGroups = "limit_grps"
    case depGroups = "dep_grps"
    case dependencies = "deps"
    case monitorDocker = "monitor_docker"
    case withDocker = "with_docker"
    case withSingularity = "with_singularity"
    case containerMounts = "container_mounts"
    case bsubMode = "bsub_mode"
    case environment = "env"
    case environmentKey = "env_key"
    case keepsOutput = "keep_output"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("cmd", cmd)
    traits.encodeMembers(into: &writer, hasUsualReqGroup: hasDefaultReqGroup)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var traits = JobTraits()
    var cmd: String?
    var reqGroup: ReqGroup?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .cmd: cmd = try reader.string()
      case .cwd: traits.cwd = try reader.string()
      case .cwdMatters: traits.cwdMatters = try reader.bool()
      case .changeHome: traits.changeHome = try reader.bool()
      case .repGroup: traits.repGroup = RepGroup(try reader.string())
      case .reqGroup: reqGroup = ReqGroup(try reader.string())
      case .unixGroup: traits.unixGroup = try reader.string()
      case .requirements: traits.requirements = try Requirements(from: &reader)
      case .override: traits.override = try reader.int()
      case .priority: traits.priority = try reader.int()
      case .retries: traits.retries = try reader.int()
      case .noRetryOverWalltime: traits.noRetryOverWalltime = try reader.duration()
      case .limitGroups: traits.limitGroups = try reader.strings().map { LimitGroup($0) }
      case .modules: traits.modules = try reader.strings()
      case .depGroups: traits.depGroups = try reader.strings().map { DepGroup($0) }
      case .dependencies: traits.dependencies = try reader.array(of: Dependency.self)
      case .behaviours: traits.behaviours = try reader.array(of: Behaviour.self)
      case .mounts: traits.mounts = try reader.array(of: Mount.self)
      case .monitorDocker: traits.monitorDocker = try reader.string()
      case .withDocker: traits.withDocker = try reader.string()
      case .withSingularity: traits.withSingularity = try reader.string()
      case .containerMounts: traits.containerMounts = try reader.string()
      case .bsubMode: traits.bsubMode = try reader.string()
      case .environment: traits.environment = try reader.strings()
      case .environmentKey: traits.environmentKey = EnvironmentKey(try reader.string())
      case .keepsOutput: traits.keepsOutput = try reader.bool()
      }
    }
    let command = try reader.require(cmd, "cmd")
    traits.reqGroup = reqGroup ?? Self.defaultReqGroup(of: command)
    self.init(cmd: command, traits: traits)
  }
}

extension JobTraits {
  /// Writes those members of a specification that differ from what is usual.
  func encodeMembers(into writer: inout JSONWriter, hasUsualReqGroup: Bool) {
    writer.member("cwd", cwd, unless: "/tmp")
    writer.member("cwd_matters", ifTrue: cwdMatters)
    writer.member("change_home", ifTrue: changeHome)
    writer.member("rep_grp", repGroup.text, unless: "manually_added")
    if !hasUsualReqGroup { writer.member("req_grp", reqGroup.text) }
    writer.member("group", unixGroup, unless: "")
    if requirements != Requirements() {
      writer.name("requirements")
      requirements.encode(into: &writer)
    }
    writer.member("override", override, unless: 0)
    writer.member("priority", priority, unless: 0)
    writer.member("retries", retries, unless: 0)
    if let noRetryOverWalltime {
      writer.member("no_retry_over_walltime_ns", noRetryOverWalltime.nanoseconds)
    }
    writer.member("limit_grps", ifAny: limitGroups.map(\.text))
    writer.member("modules", ifAny: modules)
    writer.member("dep_grps", ifAny: depGroups.map(\.text))
    writer.member("deps", ifAny: dependencies)
    writer.member("behaviours", ifAny: behaviours)
    writer.member("mounts", ifAny: mounts)
    writer.member("monitor_docker", monitorDocker, unless: "")
    writer.member("with_docker", withDocker, unless: "")
    writer.member("with_singularity", withSingularity, unless: "")
    writer.member("container_mounts", containerMounts, unless: "")
    writer.member("bsub_mode", bsubMode, unless: "")
    writer.member("env", ifAny: environment)
    if let environmentKey { writer.member("env_key", environmentKey.description) }
    writer.member("keep_output", ifTrue: keepsOutput)
  }
}

extension Dependency: JSONCoded {
  private enum Member: String, CaseIterable { case group, key, cmd, cwd }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .group(let group): writer.member("group", group.text)
    case .key(let key): writer.member("key", key.description)
    case .command(let cmd, let cwd):
      writer.member("cmd", cmd)
      if let cwd { writer.member("cwd", cwd) }
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var cwd: String?
    var cmd: String?
    var other: Dependency?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .group: other = .group(DepGroup(try reader.string()))
      case .key: other = .key(try reader.jobKey())
      case .cmd: cmd = try reader.string()
      case .cwd: cwd = try reader.string()
      }
    }
    self = try reader.require(other ?? cmd.map { .command(cmd: $0, cwd: cwd) }, "cmd")
  }
}

extension JSONReader {
  mutating func jobKey() throws(JSONError) -> JobKey {
    let start = offset
    let text = try string()
    guard let key = JobKey(text) else {
      throw JSONError(
        message: "a job key of 32 lower-case hexadecimal digits is wanted, not \"\(text)\"",
        offset: start)
    }
    return key
  }
}
