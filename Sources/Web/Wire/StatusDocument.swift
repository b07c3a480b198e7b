import Jobs

/// A job status as `GET /rest/v1/jobs/` shows it.
///
/// The documented properties come first, in the order of the documentation's example (decision 3),
/// then our additions. Every property is always there.
enum StatusDocument {
  /// What Started and Ended say while unset: the seconds of the year 1 (decision 1).
  static let unset: Int64 = -62_135_596_800

  static func write(_ status: JobStatus, to json: inout JSONWriter) {
    json.beginObject()
    writeIdentity(status, to: &json)
    writeRequest(status.job, to: &json)
    writeRun(status, to: &json)
    writeAdditions(status, to: &json)
    json.endObject()
  }

  /// Writes what those need who follow very many jobs.
  static func writeBrief(_ status: JobStatus, to json: inout JSONWriter) {
    json.beginObject()
    json.member("Key", status.job.key.description)
    json.member("RepGroup", status.repGroup.text)
    json.member("State", status.job.state.name)
    json.member("Exitcode", status.job.run.exitCode)
    json.member("FailReason", status.job.run.failReason?.text ?? "")
    json.member("Similar", status.similar)
    json.endObject()
  }

  private static func writeIdentity(_ status: JobStatus, to json: inout JSONWriter) {
    let job = status.job
    json.member("Key", job.key.description)
    json.member("RepGroup", status.repGroup.text)
    write("DepGroups", job.spec.depGroups.map(\.text), to: &json)
    write("Dependencies", job.spec.dependencies.map(text), to: &json)
    json.member("Cmd", job.spec.cmd)
    json.member("State", job.state.name)
    json.member("Cwd", job.run.actualCwd)
    json.member("CwdBase", job.spec.cwd)
    json.member("HomeChanged", job.spec.changeHome)
    json.member("Behaviours", Behaviour.text(of: job.spec.behaviours))
    json.member("Mounts", Mount.text(of: job.spec.mounts))
    json.member("MonitorDocker", job.spec.monitorDocker)
  }

  private static func writeRequest(_ job: Job, to json: inout JSONWriter) {
    json.member("ExpectedRAM", job.requirements.memory.count)
    json.member("ExpectedTime", job.requirements.time.inSeconds)
    json.member("RequestedDisk", job.requirements.diskGigabytes)
    let other = job.requirements.other
    write(
      "OtherRequests", other.isEmpty ? [] : other.sorted { $0.key < $1.key }.map { "\($0):\($1)" },
      to: &json)
    json.member("Cores", job.requirements.cores.count)
  }

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
    write("Env", status.environment, to: &json)
    json.member("Attempts", status.job.attempts)
    json.member("Similar", status.similar)
  }

  private static func writeAdditions(_ status: JobStatus, to json: inout JSONWriter) {
    let job = status.job
    let spec = job.spec
    write("LimitGroups", spec.limitGroups.map(\.text), to: &json)
    write("Modules", spec.modules, to: &json)
    json.member("PeakDisk", job.run.peakDisk.count)
    json.member("WithDocker", spec.withDocker)
    json.member("WithSingularity", spec.withSingularity)
    json.member("ContainerMounts", spec.containerMounts)
    json.member("IsPushUpdate", false)
    json.member("ReqGroup", spec.reqGroup.text)
    json.member("Override", spec.override)
    json.member("Priority", spec.priority)
    json.member("Retries", spec.retries)
    json.member("UntilBuried", job.untilBuried)
    json.member("CwdMatters", spec.cwdMatters)
    json.member("NoRetryOverWalltime", (spec.noRetryOverWalltime ?? .zero).inSeconds)
    json.member("Meter", job.run.meter.rawValue)
    write("Waiting", status.waiting, to: &json)
    json.member("Number", job.id.number)
    json.member("Added", job.addedAt.seconds)
  }

  /// A list, null if it is empty (decision 2).
  private static func write(_ name: StaticString, _ values: [String], to json: inout JSONWriter) {
    if values.isEmpty {
      json.name(name)
      json.null()
    } else {
      json.member(name, values)
    }
  }

  /// A dependency as behaviour.md §4.5 says it is shown.
  private static func text(_ dependency: Dependency) -> String {
    switch dependency {
    case .group(let group): group.text
    case .key(let key): key.description
    case .command(let cmd, let cwd): (cwd ?? "").isEmpty ? cmd : "\(cmd) [\(cwd ?? "")]"
    }
  }
}
