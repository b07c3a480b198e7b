import Jobs

/// Makes job specifications of what clients said: completes it by defaults, and judges it.
struct JobConversion {
  /// The limits that were set so far, the last of each group.
  private(set) var limits: [LimitGroup: Int] = [:]

  private let defaults: JobDefaults
  /// The contents of the scripts read so far, by path.
  private var scripts: [String: String] = [:]

  init(_ defaults: JobDefaults) { self.defaults = defaults }

  /// Judges the defaults by themselves: wrong ones are refused also where no job takes them
  /// (decision 14).
  func check() throws(JobDocumentError) {
    var job = JobProperties()
    job.cmd = "true"
    var trial = self
    // A script is read when a job names it.
    _ = try trial.spec(of: job) { _ in "" }
  }

  /// Makes one specification.
  /// - Parameter readFile: see `JobDocument.init`.
  mutating func spec(
    of job: JobProperties, readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> JobSpec {
    let usual = defaults.given
    guard !job.cmd.isEmpty else { throw JobDocumentError(message: "cmd was not specified") }
    let repGroup = Self.text(job.repGroup, usual.repGroup)
    let reqGroup = Self.text(job.reqGroup, usual.reqGroup)
    let cwd = Self.text(job.cwd, usual.cwd)
    return JobSpec(
      cmd: job.cmd,
      cwd: cwd.isEmpty ? "/tmp" : cwd,
      cwdMatters: job.cwdMatters || usual.cwdMatters,
      changeHome: job.changeHome || usual.changeHome,
      repGroup: repGroup.isEmpty ? "manually_added" : RepGroup(repGroup),
      reqGroup: reqGroup.isEmpty ? nil : ReqGroup(reqGroup),
      unixGroup: Self.text(job.unixGroup, usual.unixGroup),
      requirements: try requirements(of: job, readFile: readFile),
      override: try Self.number("override", job.override ?? usual.override ?? 0, upTo: 2),
      priority: try Self.number("priority", job.priority ?? usual.priority ?? 0, upTo: 255),
      retries: try Self.number("retries", job.retries ?? usual.retries ?? 0, upTo: 255),
      noRetryOverWalltime: try noRetryOverWalltime(of: job),
      limitGroups: try limitGroups(Self.list(job.limitGroups, usual.limitGroups)),
      modules: Self.list(job.modules, usual.modules),
      depGroups: Self.list(job.depGroups, usual.depGroups).map { DepGroup($0) },
      dependencies: dependencies(of: job),
      behaviours: behaviours(of: job),
      mounts: Self.list(job.mounts, usual.mounts),
      monitorDocker: Self.text(job.monitorDocker, usual.monitorDocker),
      withDocker: Self.text(job.withDocker, usual.withDocker),
      withSingularity: Self.text(job.withSingularity, usual.withSingularity),
      containerMounts: Self.text(job.containerMounts, usual.containerMounts),
      bsubMode: Self.text(job.bsubMode, usual.bsubMode),
      environment: Self.list(job.environment, usual.environment),
      environmentKey: try environmentKey(Self.text(job.environmentKey, usual.environmentKey)),
      keepsOutput: job.keepsOutput || usual.keepsOutput)
  }

  private func environmentKey(_ text: String) throws(JobDocumentError) -> EnvironmentKey? {
    if text.isEmpty { return nil }
    guard let key = EnvironmentKey(text) else {
      throw JobDocumentError(
        message: "env_key value (\(text)) is not 32 lower-case hexadecimal digits")
    }
    return key
  }

  // MARK: Requirements

  private mutating func requirements(
    of job: JobProperties, readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> Requirements {
    let usual = defaults.given
    let disk = job.disk ?? usual.disk
    return Requirements(
      memory: try memory(of: job),
      time: job.time.isEmpty ? defaults.time : try Self.duration(job.time),
      cores: try Self.cores(job.cpus ?? usual.cpus ?? 0),
      diskGigabytes: try Self.number("disk", disk ?? 0, upTo: Int(Int32.max)),
      diskIsSet: disk != nil,
      other: try otherRequests(of: job, readFile: readFile))
  }

  private func memory(of job: JobProperties) throws(JobDocumentError) -> Megabytes {
    if job.memory.isEmpty { return defaults.memory }
    do throws(UnitText.Fault) {
      return try UnitText.memory(job.memory)
    } catch {
      throw JobDocumentError(
        message: "memory value (\(job.memory)) was not specified correctly: \(error)")
    }
  }

  private static func duration(_ text: String) throws(JobDocumentError) -> Duration {
    do throws(UnitText.Fault) {
      return try UnitText.duration(text)
    } catch {
      throw JobDocumentError(message: "time value (\(text)) was not specified correctly: \(error)")
    }
  }

  private func noRetryOverWalltime(of job: JobProperties) throws(JobDocumentError) -> Duration? {
    if job.noRetryOverWalltime.isEmpty { return defaults.noRetryOverWalltime }
    let limit = try Self.duration(job.noRetryOverWalltime)
    return limit > .zero ? limit : nil
  }

  private static func cores(_ count: Double) throws(JobDocumentError) -> Cores {
    guard let cores = Cores(exactly: count) else {
      throw JobDocumentError(
        message: "cpus value (\(DecimalText.shortest(count))) is not in the range 0..1000000")
    }
    // However small a part of a core was asked for, it is not the nothing of zero-core jobs.
    return cores.isZero && count > 0 ? Cores(thousandths: 1) : cores
  }

  /// Under which names the wishes go to the scheduler (behaviour.md §4.2).
  static let otherNames: [JobProperty: String] = [
    .cloudOS: "cloud_os", .cloudUsername: "cloud_user", .cloudFlavor: "cloud_flavor",
    .cloudConfigFiles: "cloud_config_files", .queue: "scheduler_queue",
    .queuesAvoid: "scheduler_queues_avoid", .misc: "scheduler_misc",
    .cloudScript: "cloud_script", .cloudRAM: "cloud_os_ram", .reserveTimeout: "rtimeout",
    .cloudShared: "cloud_shared",
  ]

  /// The wishes that go to the scheduler as they are (behaviour.md §4.2).
  private mutating func otherRequests(
    of job: JobProperties, readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> [String: String] {
    let usual = defaults.given
    var other: [String: String] = [:]
    func set(_ property: JobProperty, _ value: String) {
      if !value.isEmpty { other[Self.otherNames[property]!] = value }
    }
    set(.cloudOS, Self.text(job.cloudOS, usual.cloudOS))
    set(.cloudUsername, Self.text(job.cloudUsername, usual.cloudUsername))
    set(.cloudFlavor, Self.text(job.cloudFlavor, usual.cloudFlavor))
    set(.cloudConfigFiles, Self.text(job.cloudConfigFiles, usual.cloudConfigFiles))
    set(.queue, Self.text(job.queue, usual.queue))
    set(.queuesAvoid, Self.text(job.queuesAvoid, usual.queuesAvoid))
    set(.misc, Self.text(job.misc, usual.misc))
    let script = Self.text(job.cloudScript, usual.cloudScript)
    if !script.isEmpty { set(.cloudScript, try content(of: script, readFile)) }
    // Nothing as a default means that there is none, but a job can ask for nothing.
    if let ram = job.cloudRAM ?? (usual.cloudRAM == 0 ? nil : usual.cloudRAM) {
      set(.cloudRAM, String(try Self.number("cloud_ram", ram, upTo: Int(Int32.max))))
    }
    if let timeout = job.reserveTimeout ?? usual.reserveTimeout {
      set(
        .reserveTimeout,
        String(try Self.number("reserve_timeout", timeout, upTo: Int(Int32.max))))
    }
    if job.cloudShared || usual.cloudShared { set(.cloudShared, "true") }
    return other
  }

  private mutating func content(
    of path: String, _ readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> String {
    if let known = scripts[path] { return known }
    let content = try readFile(path)
    scripts[path] = content
    return content
  }

  // MARK: Groups, dependencies, behaviours

  /// The groups' names, sorted and once each; the limits they set are noted.
  private mutating func limitGroups(_ texts: [String]) throws(JobDocumentError) -> [LimitGroup] {
    if texts.isEmpty { return [] }
    var groups: Set<LimitGroup> = []
    for text in texts {
      let group = try LimitGroupText(text)
      groups.insert(group.group)
      if let limit = group.limit { limits[group.group] = limit }
    }
    return groups.sorted()
  }

  /// A job that has any dependencies of its own has none of the defaults.
  private func dependencies(of job: JobProperties) -> [Dependency] {
    let isOwn = !job.commandDependencies.isEmpty || !job.dependencies.isEmpty
    let said = isOwn ? job : defaults.given
    return said.commandDependencies + said.dependencies.map { .group(DepGroup($0)) }
  }

  private func behaviours(of job: JobProperties) -> [Behaviour] {
    let usual = defaults.given
    return Self.list(job.onFailure, usual.onFailure).map { Behaviour(on: .failure, $0) }
      + Self.list(job.onSuccess, usual.onSuccess).map { Behaviour(on: .success, $0) }
      + Self.list(job.onExit, usual.onExit).map { Behaviour(on: .exit, $0) }
  }

  // MARK: One's own or the default

  private static func text(_ own: String, _ usual: String) -> String {
    own.isEmpty ? usual : own
  }

  private static func list<Element>(_ own: [Element], _ usual: [Element]) -> [Element] {
    own.isEmpty ? usual : own
  }

  private static func number(
    _ name: String, _ value: Int, upTo limit: Int
  ) throws(JobDocumentError) -> Int {
    guard (0...limit).contains(value) else {
      throw JobDocumentError(message: "\(name) value (\(value)) is not in the range 0..\(limit)")
    }
    return value
  }
}
