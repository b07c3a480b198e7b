import Jobs

/// The properties a client can give a job, by their names in JSON and in URLs (behaviour.md §4.1).
public enum JobProperty: String, CaseIterable, Sendable {
  case cmd
  case cwd
  case cwdMatters = "cwd_matters"
  case changeHome = "change_home"
  case repGroup = "rep_grp"
  case reqGroup = "req_grp"
  case unixGroup = "group"
  case memory
  case time
  case cpus
  case disk
  case override
  case priority
  case retries
  case noRetryOverWalltime = "no_retry_over_walltime"
  case rerun
  case limitGroups = "limit_grps"
  case modules
  case depGroups = "dep_grps"
  case dependencies = "deps"
  case commandDependencies = "cmd_deps"
  case onFailure = "on_failure"
  case onSuccess = "on_success"
  case onExit = "on_exit"
  case mounts
  case environment = "env"
  case environmentKey = "env_key"
  case keepsOutput = "keep_output"
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
  case queue
  case queuesAvoid = "queues_avoid"
  case misc
  case reserveTimeout = "reserve_timeout"

  /// How a URL spells the value of a property.
  public enum Form: Sendable {
    case text
    /// `true`; anything else means false.
    case flag
    /// As in JSON.
    case number
    /// Texts with commas between them.
    case list
    /// A JSON array.
    case json
  }

  public var form: Form {
    switch self {
    case .cmd, .cwd, .repGroup, .reqGroup, .unixGroup, .memory, .time, .noRetryOverWalltime,
      .monitorDocker, .withDocker, .withSingularity, .containerMounts, .bsubMode, .cloudOS,
      .cloudUsername, .cloudFlavor, .cloudScript, .cloudConfigFiles, .queue, .queuesAvoid, .misc,
      .environmentKey:
      .text
    case .cwdMatters, .changeHome, .rerun, .keepsOutput, .cloudShared: .flag
    case .cpus, .disk, .override, .priority, .retries, .cloudRAM, .reserveTimeout: .number
    case .limitGroups, .modules, .depGroups, .dependencies, .environment: .list
    case .commandDependencies, .onFailure, .onSuccess, .onExit, .mounts: .json
    }
  }

  /// What the text of a URL, or of an option of the command line, says, as JSON.
  public func json(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    switch form {
    case .text: writer.string(text)
    case .flag: writer.bool(text == "true")
    case .number, .json: return Array(text.utf8)
    case .list:
      writer.beginArray()
      for element in text.split(separator: ",") { writer.string(String(element)) }
      writer.endArray()
    }
    return writer.takeBytes()
  }
}
