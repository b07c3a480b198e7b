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
    writer.member("cwd", cwd, unless: "/tmp")
    writer.member("cwd_matters", ifTrue: cwdMatters)
    writer.member("change_home", ifTrue: changeHome)
    writer.member("rep_grp", repGroup.text, unless: "manually_added")
    writer.member("req_grp", reqGroup.text, unless: Self.defaultReqGroup(of: cmd).text)
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
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var spec = JobSpec(cmd: "")
    var cmd: String?
    var reqGroup: ReqGroup?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .cmd: cmd = try reader.string()
      case .cwd: spec.cwd = try reader.string()
      case .cwdMatters: spec.cwdMatters = try reader.bool()
      case .changeHome: spec.changeHome = try reader.bool()
      case .repGroup: spec.repGroup = RepGroup(try reader.string())
      case .reqGroup: reqGroup = ReqGroup(try reader.string())
      case .unixGroup: spec.unixGroup = try reader.string()
      case .requirements: spec.requirements = try Requirements(from: &reader)
      case .override: spec.override = try reader.int()
      case .priority: spec.priority = try reader.int()
      case .retries: spec.retries = try reader.int()
      case .noRetryOverWalltime: spec.noRetryOverWalltime = try reader.duration()
      case .limitGroups: spec.limitGroups = try reader.strings().map { LimitGroup($0) }
      case .modules: spec.modules = try reader.strings()
      case .depGroups: spec.depGroups = try reader.strings().map { DepGroup($0) }
      case .dependencies: spec.dependencies = try reader.array(of: Dependency.self)
      case .behaviours: spec.behaviours = try reader.array(of: Behaviour.self)
      case .mounts: spec.mounts = try reader.array(of: Mount.self)
      case .monitorDocker: spec.monitorDocker = try reader.string()
      case .withDocker: spec.withDocker = try reader.string()
      case .withSingularity: spec.withSingularity = try reader.string()
      case .containerMounts: spec.containerMounts = try reader.string()
      case .bsubMode: spec.bsubMode = try reader.string()
      case .environment: spec.environment = try reader.strings()
      case .environmentKey: spec.environmentKey = EnvironmentKey(try reader.string())
      case .keepsOutput: spec.keepsOutput = try reader.bool()
      }
    }
    spec.cmd = try reader.require(cmd, "cmd")
    spec.reqGroup = reqGroup ?? Self.defaultReqGroup(of: spec.cmd)
    self = spec
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
