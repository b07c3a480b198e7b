import Jobs

/// What was said of a job, by its own properties or by URL parameters as defaults; nil and empty
/// where nothing was.
struct JobProperties: Sendable {
  var cmd = ""
  var cwd = ""
  var cwdMatters = false
  var changeHome = false
  var repGroup = ""
  var reqGroup = ""
  var unixGroup = ""
  var memory: Megabytes?
  var time: Duration?
  var cores: Cores?
  var diskGigabytes: Int?
  var override: Int?
  var priority: Int?
  var retries: Int?
  var noRetryOverWalltime: Duration?
  /// Without suffixes.
  var limitGroups: [LimitGroup] = []
  var modules: [String] = []
  var depGroups: [DepGroup] = []
  var groupDependencies: [Dependency] = []
  var commandDependencies: [Dependency] = []
  var onFailure: [Behaviour] = []
  var onSuccess: [Behaviour] = []
  var onExit: [Behaviour] = []
  var mounts: [Mount] = []
  var monitorDocker = ""
  var withDocker = ""
  var withSingularity = ""
  var containerMounts = ""
  var bsubMode = ""
  var environment: [String] = []
  /// By the names of behaviour.md §4.2.
  var other: [String: String] = [:]
  var rerun = false

  /// The job, with `defaults` for what was not said: a list replaces its default, a boolean can
  /// only be turned on.
  func spec(over defaults: JobProperties) -> JobSpec {
    func text(_ part: KeyPath<JobProperties, String>) -> String {
      self[keyPath: part].isEmpty ? defaults[keyPath: part] : self[keyPath: part]
    }
    func list<Element>(_ part: KeyPath<JobProperties, [Element]>) -> [Element] {
      self[keyPath: part].isEmpty ? defaults[keyPath: part] : self[keyPath: part]
    }
    let (cwd, repGroup, reqGroup) = (text(\.cwd), text(\.repGroup), text(\.reqGroup))
    let dependencies = commandDependencies + groupDependencies
    return JobSpec(
      cmd: cmd,
      cwd: cwd.isEmpty ? "/tmp" : cwd,
      cwdMatters: cwdMatters || defaults.cwdMatters,
      changeHome: changeHome || defaults.changeHome,
      repGroup: repGroup.isEmpty ? "manually_added" : RepGroup(repGroup),
      reqGroup: reqGroup.isEmpty ? nil : ReqGroup(reqGroup),
      unixGroup: text(\.unixGroup),
      requirements: Requirements(
        memory: memory ?? defaults.memory ?? 1024,
        time: time ?? defaults.time ?? .seconds(3600),
        cores: cores ?? defaults.cores ?? 0,
        diskGigabytes: diskGigabytes ?? defaults.diskGigabytes ?? 0,
        diskIsSet: diskGigabytes != nil || defaults.diskGigabytes != nil,
        other: defaults.other.merging(other) { $1 }),
      override: override ?? defaults.override ?? 0,
      priority: priority ?? defaults.priority ?? 0,
      retries: retries ?? defaults.retries ?? 0,
      noRetryOverWalltime: noRetryOverWalltime ?? defaults.noRetryOverWalltime,
      limitGroups: Set(list(\.limitGroups)).sorted(),
      modules: list(\.modules),
      depGroups: list(\.depGroups),
      dependencies: dependencies.isEmpty
        ? defaults.commandDependencies + defaults.groupDependencies : dependencies,
      behaviours: list(\.onFailure) + list(\.onSuccess) + list(\.onExit),
      mounts: list(\.mounts),
      monitorDocker: text(\.monitorDocker),
      withDocker: text(\.withDocker),
      withSingularity: text(\.withSingularity),
      containerMounts: text(\.containerMounts),
      bsubMode: text(\.bsubMode),
      environment: list(\.environment))
  }
}

/// What is wrong with the jobs of a POST; the sentence that answers it with 400.
struct JobDocumentError: Error, Hashable, Sendable {
  var message: String
}
