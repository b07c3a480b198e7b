import Jobs
import Manager

/// What a `PATCH /rest/v1/jobs/` asks for: an object with the properties of a POST that are to
/// change. What is null is left as it is; an empty text or list takes away what there was.
struct ModificationDocument: Sendable {
  var modification = JobModification()
  /// Limits that the limit groups set; sorted by group.
  var limits: [(group: LimitGroup, limit: Int)] = []

  private static let properties = JSONNames<JobProperty>(ignoringCase: true)
  /// What stays with a job for as long as it lives.
  private static let fixed: Set<JobProperty> = [
    .repGroup, .rerun, .environmentKey, .keepsOutput, .bsubMode,
  ]

  /// - Parameter readFile: see `JobDocument.init`.
  init(
    _ body: [UInt8], readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    var said = JobProperties()
    var given: Set<JobProperty> = []
    do throws(JSONError) {
      var reader = JSONReader(body)
      try reader.beginObject()
      while let property = try reader.nextMember(of: Self.properties) {
        if try reader.null() { continue }
        try said.read(property, from: &reader)
        given.insert(property)
      }
      try reader.finish()
    } catch {
      throw JobDocumentError(
        message: "the body must be a JSON object of what is to change: \(error)")
    }
    for property in Self.fixed.sorted(by: { $0.rawValue < $1.rawValue })
    where given.contains(property) {
      throw JobDocumentError(message: "\(property.rawValue) cannot be changed")
    }
    guard !given.contains(.cmd) || !said.cmd.isEmpty else {
      throw JobDocumentError(message: "cmd cannot be empty")
    }
    // Judged, and understood, as a job of a POST would be.
    if said.cmd.isEmpty { said.cmd = "true" }
    var conversion = JobConversion(try JobDefaults([]))
    let spec = try conversion.spec(of: said, readFile: readFile)
    modification = JobModification(spec, said, given)
    limits = conversion.limits.sorted { $0.key < $1.key }.map { (group: $0.key, limit: $0.value) }
  }

  /// The answer: the keys that the modified jobs had, by those they have now, and the jobs.
  static func answer(_ modified: [JobKey: JobKey], _ jobs: [JobStatus]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.name("modified")
    json.beginObject()
    for (new, old) in modified.map({ ($0.key.description, $0.value.description) }).sorted(by: <) {
      json.name(escaping: new)
      json.string(old)
    }
    json.endObject()
    json.name("jobs")
    json.beginArray()
    var writer = StatusWriter()
    for job in jobs { writer.write(job, to: &json) }
    json.endArray()
    json.endObject()
    json.newline()
    return json.takeBytes()
  }
}

extension JobModification {
  /// Takes of a job, made of what was said, the properties that were given.
  fileprivate init(_ spec: JobSpec, _ said: JobProperties, _ given: Set<JobProperty>) {
    self.init()
    func value<Value>(_ property: JobProperty, _ value: Value) -> Value? {
      given.contains(property) ? value : nil
    }
    cmd = value(.cmd, spec.cmd)
    cwd = said.cwd.isEmpty ? nil : value(.cwd, spec.cwd)
    cwdMatters = value(.cwdMatters, spec.cwdMatters)
    changeHome = value(.changeHome, spec.changeHome)
    reqGroup = said.reqGroup.isEmpty ? nil : value(.reqGroup, spec.reqGroup)
    unixGroup = value(.unixGroup, spec.unixGroup)
    // No memory and no time mean: as it is (behaviour.md §2.5).
    memory =
      spec.requirements.memory > 0 && !said.memory.isEmpty
      ? spec.requirements.memory : nil
    time = spec.requirements.time > .zero && !said.time.isEmpty ? spec.requirements.time : nil
    cores = value(.cpus, spec.requirements.cores)
    diskGigabytes = value(.disk, spec.requirements.diskGigabytes)
    override = value(.override, spec.override)
    priority = value(.priority, spec.priority)
    retries = value(.retries, spec.retries)
    noRetryOverWalltime = value(.noRetryOverWalltime, spec.noRetryOverWalltime ?? .zero)
    limitGroups = value(.limitGroups, spec.limitGroups)
    modules = value(.modules, spec.modules)
    depGroups = value(.depGroups, spec.depGroups)
    if given.contains(.dependencies) || given.contains(.commandDependencies) {
      dependencies = spec.dependencies
    }
    mounts = value(.mounts, spec.mounts)
    monitorDocker = value(.monitorDocker, spec.monitorDocker)
    withDocker = value(.withDocker, spec.withDocker)
    withSingularity = value(.withSingularity, spec.withSingularity)
    containerMounts = value(.containerMounts, spec.containerMounts)
    environment = value(.environment, spec.environment)
    behaviours = Self.behaviours(spec, given)
    other = Self.other(spec, given)
  }

  /// Those of the triggers given; a trigger given without any has nothing done from then on.
  private static func behaviours(_ spec: JobSpec, _ given: Set<JobProperty>) -> [Behaviour]? {
    let triggers: [(JobProperty, Behaviour.Trigger)] = [
      (.onFailure, .failure), (.onSuccess, .success), (.onExit, .exit),
    ]
    let meant = triggers.filter { given.contains($0.0) }.map(\.1)
    if meant.isEmpty { return nil }
    return meant.flatMap { trigger in
      let wanted = spec.behaviours.filter { $0.trigger == trigger }
      return wanted.isEmpty ? [Behaviour(on: trigger, .nothing)] : wanted
    }
  }

  /// The scheduler's wishes given; an empty one takes its predecessor away.
  private static func other(_ spec: JobSpec, _ given: Set<JobProperty>) -> [String: String]? {
    var other: [String: String] = [:]
    for (property, name) in JobConversion.otherNames where given.contains(property) {
      other[name] = spec.requirements.other[name] ?? ""
    }
    return other.isEmpty ? nil : other
  }
}
