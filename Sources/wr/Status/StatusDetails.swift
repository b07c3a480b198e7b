import Jobs

/// A job, described for people: `wr status -o details` (cli.md §3).
struct StatusDetails: Sendable {
  /// Whether environments were asked for.
  var showsEnvironment = false
  /// How a time, in seconds since the epoch, is written.
  var time: @Sendable (Int64) -> String = LocalTime.text

  /// What is said of one job, and of those like it that it stands for.
  func text(_ job: ShownJob) -> String {
    var lines = ["", "# \(job.cmd)", "Cwd: \(cwd(job))"]
    lines += optional(job)
    lines += [identity(job), expectations(job), "Status: \(status(job))"]
    if !job.failReason.isEmpty, job.state != "complete" {
      lines.append("Previous problem: \(job.failReason)")
    }
    lines += run(job)
    if showsEnvironment { lines.append("Env: [\(job.environment.joined(separator: " "))]") }
    if job.similar > 0 { lines.append(others(job)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func cwd(_ job: ShownJob) -> String {
    if job.cwd.isEmpty || job.cwd == "/." { return job.cwdBase }
    return job.cwdBase == "/" ? job.cwd : job.cwdBase + job.cwd
  }

  private func optional(_ job: ShownJob) -> [String] {
    var lines: [String] = []
    func add(_ name: String, _ value: String) {
      if !value.isEmpty { lines.append("\(name): \(value)") }
    }
    add("Modules", job.modules.joined(separator: ", "))
    add("Mounts", job.mounts)
    if job.homeChanged { lines.append("Changed home: true") }
    add("Docker container monitored", job.monitorDocker)
    add("Docker image", job.withDocker)
    add("Singularity image", job.withSingularity)
    add("Container mounts", job.containerMounts)
    add("Behaviours", job.behaviours)
    add("Resource requirements", job.otherRequests.joined(separator: ", "))
    return lines
  }

  private func identity(_ job: ShownJob) -> String {
    var parts = ["Id: \(job.repGroup) (\(job.key))", "Requirements group: \(job.reqGroup)"]
    for (name, values) in [
      ("Dependency groups", job.depGroups), ("Dependencies", job.dependencies),
      ("Limit groups", job.limitGroups),
    ] where !values.isEmpty {
      parts.append("\(name): \(values.joined(separator: ", "))")
    }
    parts += ["Priority: \(job.priority)", "Attempts: \(job.attempts)"]
    return parts.joined(separator: "; ")
  }

  private func expectations(_ job: ShownJob) -> String {
    "Expected requirements: { memory: \(job.expectedRAM)MB; time: "
      + "\(LocalTime.duration(job.expectedTime)); cpus: \(DecimalText.shortest(job.cores)) disk: "
      + "\(job.requestedDisk)GB }"
  }

  private func status(_ job: ShownJob) -> String {
    let reasons = job.waiting.isEmpty ? "" : ": \(job.waiting.joined(separator: "; "))"
    let started = job.started.map { "started \(time($0))" } ?? "not known to have started"
    let ended = job.ended.map(time) ?? "unknown"
    switch job.state {
    case "delayed":
      let attempted = job.started.map { " (attempted at \(time($0)))" } ?? ""
      return "delayed following a failure, will become ready by itself\(reasons)\(attempted)"
    case "ready": return "ready, waiting for a runner\(reasons)"
    case "dependent": return "dependent, waiting for other commands\(reasons)"
    case "suspended": return "suspended, until `wr resume` lets it go on"
    case "buried": return "buried - fix the problem, then `wr retry` it"
    case "reserved": return "reserved by a runner, about to start"
    case "running": return "running (\(started))"
    case "lost": return "lost contact (\(started); lost \(ended))"
    case "complete": return "complete (\(started); ended \(ended))"
    default: return job.state
    }
  }

  private func run(_ job: ShownJob) -> [String] {
    if job.state == "running" || job.state == "lost" {
      return ["Stats: { Wall time: \(LocalTime.duration(job.walltime)) }", host(job)]
    }
    guard job.exited else {
      // What could not even be started says why on its stderr.
      return job.failReason.isEmpty || job.stderr.isEmpty ? [] : ["StdErr:", job.stderr]
    }
    let isCurrent = job.state == "complete" || job.state == "buried"
    var lines = [
      "Stats\(isCurrent ? "" : " of previous attempt"): { Exit code: \(job.exitCode); Peak memory: "
        + "\(job.peakRAM)MB; Peak disk: \(job.peakDisk)MB; Wall time: "
        + "\(LocalTime.duration(job.walltime)); CPU time: \(LocalTime.duration(job.cpuTime)) }",
      "\(host(job)); Pid: \(job.pid)",
    ]
    if job.exitCode != 0 {
      for (name, text) in [("StdOut", job.stdout), ("StdErr", job.stderr)] {
        lines += text.isEmpty ? ["\(name): [none]"] : ["\(name):", text]
      }
    }
    return lines
  }

  private func host(_ job: ShownJob) -> String {
    "Host: \(job.host) (IP: \(job.hostIP)\(job.hostID.isEmpty ? "" : ", ID: \(job.hostID)"))"
  }

  private func others(_ job: ShownJob) -> String {
    var shared = "status"
    if job.exited, job.exitCode != 0 { shared += ", exit code" }
    if !job.failReason.isEmpty { shared += " and problem" }
    return "+ \(job.similar) other commands with the same \(shared)"
  }
}
