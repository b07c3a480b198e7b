/// A job as it was asked for: everything a client can say about a command.
public struct JobSpec: Hashable, Sendable {
  /// The command line, run by the configured shell.
  public var cmd: String
  /// The base directory; the exact working directory only if `cwdMatters`.
  public var cwd: String
  public var cwdMatters: Bool
  /// Whether `HOME` is set to the working directory; acts only when `cwdMatters` is false.
  public var changeHome: Bool
  public var repGroup: RepGroup
  public var reqGroup: ReqGroup
  /// The unix group to run under; empty for the manager's own.
  public var unixGroup: String
  public var requirements: Requirements
  /// Who wins, learned or asked requirements: 0 the learned, 1 the higher, 2 the asked.
  public var override: Int
  /// 0–255, higher first.
  public var priority: Int
  /// How often a failed command is tried again: 0–255.
  public var retries: Int
  /// A command that failed after running longer than this is buried at once; nil for no limit.
  public var noRetryOverWalltime: Duration?
  /// Sorted, without duplicates.
  public var limitGroups: [LimitGroup]
  /// Environment modules to load.
  public var modules: [String]
  public var depGroups: [DepGroup]
  public var dependencies: [Dependency]
  public var behaviours: [Behaviour]
  public var mounts: [Mount]
  public var monitorDocker: String
  public var withDocker: String
  public var withSingularity: String
  public var containerMounts: String
  public var bsubMode: String
  /// `NAME=value` entries applied over the base environment.
  public var environment: [String]
  /// The stored environment that `environment` is applied over; nil for the runner host's own.
  public var environmentKey: EnvironmentKey?
  /// Whether what it writes is kept when it succeeds too.
  public var keepsOutput: Bool

  public init(
    cmd: String, cwd: String = "/tmp", cwdMatters: Bool = false, changeHome: Bool = false,
    repGroup: RepGroup = "manually_added", reqGroup: ReqGroup? = nil, unixGroup: String = "",
    requirements: Requirements = Requirements(), override: Int = 0, priority: Int = 0,
    retries: Int = 0, noRetryOverWalltime: Duration? = nil, limitGroups: [LimitGroup] = [],
    modules: [String] = [], depGroups: [DepGroup] = [], dependencies: [Dependency] = [],
    behaviours: [Behaviour] = [], mounts: [Mount] = [], monitorDocker: String = "",
    withDocker: String = "", withSingularity: String = "", containerMounts: String = "",
    bsubMode: String = "", environment: [String] = [],
    environmentKey: EnvironmentKey? = nil, keepsOutput: Bool = false
  ) {
    self.cmd = cmd
    self.cwd = cwd
    self.cwdMatters = cwdMatters
    self.changeHome = changeHome
    self.repGroup = repGroup
    self.reqGroup = reqGroup ?? Self.defaultReqGroup(of: cmd)
    self.unixGroup = unixGroup
    self.requirements = requirements
    self.override = override
    self.priority = priority
    self.retries = retries
    self.noRetryOverWalltime = noRetryOverWalltime
    self.limitGroups = limitGroups
    self.modules = modules
    self.depGroups = depGroups
    self.dependencies = dependencies
    self.behaviours = behaviours
    self.mounts = mounts
    self.monitorDocker = monitorDocker
    self.withDocker = withDocker
    self.withSingularity = withSingularity
    self.containerMounts = containerMounts
    self.bsubMode = bsubMode
    self.environment = environment
    self.environmentKey = environmentKey
    self.keepsOutput = keepsOutput
  }

  /// The last path component of the command's first space-separated word (behaviour.md §1.1).
  public static func defaultReqGroup(of cmd: String) -> ReqGroup {
    let word = cmd.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1).first ?? cmd.utf8[...]
    let base = word.split(separator: UInt8(ascii: "/")).last ?? word
    return ReqGroup(String(base) ?? "")
  }
}
