import Jobs

/// Writes job statuses as `GET /rest/v1/jobs/` shows them.
///
/// The documented properties come first, in the order of the documentation's example (decision 3),
/// then our additions. Every property is always there. What many jobs have in common is made into
/// JSON once, and copied.
struct StatusWriter {
  /// What Started and Ended say while unset: the seconds of the year 1 (decision 1).
  static let unset: Int64 = -62_135_596_800

  /// Of how many different traits the JSON is kept, about 700 bytes each: as long as a list is
  /// sent, to however slow a client.
  private static let capacity = 64
  private var known: [ObjectIdentifier: TraitsText] = [:]
  private var last: TraitsText?
  /// What the last job is expected to need, as JSON members.
  private var request: (requirements: Requirements, members: [UInt8])?

  /// Writes a status.
  mutating func write(_ status: JobStatus, to json: inout JSONWriter) {
    let job = status.job
    let traits = text(of: job.spec)
    json.beginObject()
    json.member("Key", job.key)
    json.member("RepGroup", status.repGroup.text)
    json.raw(traits.dependencies)
    json.member("Cmd", job.spec.cmd)
    json.member("State", job.state.name)
    json.member("Cwd", job.hasNoRun ? "" : job.run.actualCwd)
    json.raw(traits.place)
    writeRequest(job.requirements, to: &json)
    if Self.showsNoRun(status) { json.raw(Self.noRun) } else { Self.writeRun(status, to: &json) }
    json.raw(traits.groups)
    json.member("PeakDisk", job.hasNoRun ? 0 : job.run.peakDisk.count)
    json.raw(traits.kind)
    json.member("UntilBuried", job.untilBuried)
    json.raw(traits.rest)
    json.member("Meter", (job.hasNoRun ? .proc : job.run.meter).rawValue)
    StatusText.write("Waiting", status.waiting, to: &json)
    json.member("Number", job.id.number)
    json.member("Added", job.addedAt.seconds)
    json.endObject()
  }

  /// Writes what those need who follow very many jobs.
  static func writeBrief(_ status: JobStatus, to json: inout JSONWriter) {
    json.beginObject()
    json.member("Key", status.job.key)
    json.member("RepGroup", status.repGroup.text)
    json.member("State", status.job.state.name)
    json.member("Exitcode", status.job.run.exitCode)
    json.member("FailReason", status.job.run.failReason?.text ?? "")
    json.member("Similar", status.similar)
    json.endObject()
  }

  private mutating func text(of spec: JobSpec) -> TraitsText {
    let identity = spec.traitsIdentity
    if let last, last.identity == identity { return last }
    if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
    let text = known[identity] ?? TraitsText(spec)
    known[identity] = text
    last = text
    return text
  }

  private mutating func writeRequest(_ requirements: Requirements, to json: inout JSONWriter) {
    if let request, request.requirements == requirements { return json.raw(request.members) }
    var members = JSONWriter()
    members.member("ExpectedRAM", requirements.memory.count)
    members.member("ExpectedTime", requirements.time.inSeconds)
    members.member("RequestedDisk", requirements.diskGigabytes)
    let other = requirements.other.sorted { $0.key < $1.key }
    StatusText.write("OtherRequests", other.map { "\($0):\($1)" }, to: &members)
    members.member("Cores", requirements.cores.count)
    let bytes = members.takeMembers()
    request = (requirements, bytes)
    json.raw(bytes)
  }

  // MARK: The run

  /// Whether a status says what one of a job says that never ran.
  private static func showsNoRun(_ status: JobStatus) -> Bool {
    status.job.hasNoRun && status.job.attempts == 0 && status.similar == 0
      && status.stdout.isEmpty && status.stderr.isEmpty && !status.showsEnvironment
  }

  private static let noRun: [UInt8] = {
    var members = JSONWriter()
    let job = Job(
      id: JobID(0), key: JobKey(low: 0, high: 0), spec: JobSpec(cmd: ""),
      addedAt: Timestamp(seconds: 0), state: .ready)
    writeRun(JobStatus(job: job), to: &members)
    return members.takeMembers()
  }()

  private static func writeRun(_ status: JobStatus, to json: inout JSONWriter) {
    let run = status.job.run
    json.member("PeakRAM", run.peakMemory.count)
    json.member("Exited", run.exited)
    json.member("Exitcode", run.exitCode)
    json.member("FailReason", run.failReason?.text ?? "")
    json.member("Pid", run.pid)
    json.member("Host", run.host)
    json.member("HostID", run.hostID)
    json.member("HostIP", run.hostIP)
    json.member("Walltime", (status.walltimeSoFar ?? run.walltime ?? .zero).inSeconds)
    json.member("CPUtime", run.cpuTime.inSeconds)
    json.member("Started", run.startedAt?.seconds ?? unset)
    json.member("Ended", run.endedAt?.seconds ?? unset)
    json.member("StdErr", status.stderr)
    json.member("StdOut", status.stdout)
    StatusText.write("Env", status.environment, to: &json)
    json.member("Attempts", status.job.attempts)
    json.member("Similar", status.similar)
  }
}

/// The members of a status that say a job's traits, as JSON.
private final class TraitsText {
  /// Kept, so that no others get its identity.
  private let spec: JobSpec
  let dependencies: [UInt8]
  let place: [UInt8]
  let groups: [UInt8]
  let kind: [UInt8]
  let rest: [UInt8]

  var identity: ObjectIdentifier { spec.traitsIdentity }

  init(_ spec: JobSpec) {
    self.spec = spec
    let traits = spec.traits
    var json = JSONWriter(capacity: 1024)
    StatusText.write("DepGroups", traits.depGroups.map(\.text), to: &json)
    StatusText.write("Dependencies", traits.dependencies.map(StatusText.text), to: &json)
    dependencies = json.takeMembers()
    json.member("CwdBase", traits.cwd)
    json.member("HomeChanged", traits.changeHome)
    json.member("Behaviours", Behaviour.text(of: traits.behaviours))
    json.member("Mounts", Mount.text(of: traits.mounts))
    json.member("MonitorDocker", traits.monitorDocker)
    place = json.takeMembers()
    StatusText.write("LimitGroups", traits.limitGroups.map(\.text), to: &json)
    StatusText.write("Modules", traits.modules, to: &json)
    groups = json.takeMembers()
    json.member("WithDocker", traits.withDocker)
    json.member("WithSingularity", traits.withSingularity)
    json.member("ContainerMounts", traits.containerMounts)
    json.member("IsPushUpdate", false)
    json.member("ReqGroup", traits.reqGroup.text)
    json.member("Override", traits.override)
    json.member("Priority", traits.priority)
    json.member("Retries", traits.retries)
    kind = json.takeMembers()
    json.member("CwdMatters", traits.cwdMatters)
    json.member("NoRetryOverWalltime", (traits.noRetryOverWalltime ?? .zero).inSeconds)
    rest = json.takeMembers()
  }
}

/// How what is no mere text or number is written.
private enum StatusText {
  /// A list, null if it is empty (decision 2).
  static func write(_ name: StaticString, _ values: [String], to json: inout JSONWriter) {
    if values.isEmpty {
      json.name(name)
      json.null()
    } else {
      json.member(name, values)
    }
  }

  /// A dependency as behaviour.md §4.5 says it is shown.
  static func text(_ dependency: Dependency) -> String {
    switch dependency {
    case .group(let group): group.text
    case .key(let key): key.description
    case .command(let cmd, let cwd): (cwd ?? "").isEmpty ? cmd : "\(cmd) [\(cwd ?? "")]"
    }
  }
}
