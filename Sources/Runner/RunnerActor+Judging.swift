import Glibc
import Jobs
import Platform

/// What a command's end says of the attempt.
extension RunnerActor {
  /// How a command ended, and what it left.
  final class Ending {
    let endedAt: Instant
    /// Nil if the kernel does not say.
    let process: ProcessEnd?
    let remains: Workbench.Remains
    var output: CommandOutput

    init(
      endedAt: Instant, process: ProcessEnd?, remains: Workbench.Remains, output: CommandOutput
    ) {
      self.endedAt = endedAt
      self.process = process
      self.remains = remains
      self.output = output
    }
  }

  /// Judges a command that has ended.
  func judge(
    _ ending: Ending, start: RunStart, clock: Stopwatch, workspace: Workspace?
  ) async -> RunEnd {
    take(ending.remains)
    let walltime = clock.elapsed(until: ending.endedAt)
    if let reading = ending.remains.cgroup { usage?.record(reading) }
    if let process = ending.process {
      usage?.memory.record(
        maximumResident: Megabytes(Int(process.maximumResidentKilobytes / 1024)),
        ofHost: Self.ownPeak)
    }
    usage?.memory.record(whole: await container?.peak ?? 0)
    let containerCPUTime = await container?.cpuTime ?? .zero
    // Orders to end a behaviour do not concern it.
    container = nil
    let exit = Exit(ending.process)
    let memory = usage?.memory
    let verdict = Verdict(
      of: Outcome(
        exit: exit, cause: cause, exceededMemory: usage?.hasExceededMemory ?? false,
        walltime: walltime, expectedTime: order.requirements.time,
        untilBuried: order.untilBuried, noRetryOverWalltime: order.spec.noRetryOverWalltime))
    let isKept = verdict != .complete || order.spec.keepsOutput
    let output = isKept ? ending.output.finish() : ("", "")
    return RunEnd(
      attempt: order.attempt, verdict: verdict, start: start, exited: true,
      exitCode: exit.shownCode,
      // What ran has used something, if it ended before the first look.
      peakMemory: max(1, memory?.peak ?? 1), peakDisk: peakDisk,
      cpuTime: cpuTime(ending.process) + containerCPUTime,
      walltime: walltime, endedAt: clock.timestamp(at: ending.endedAt),
      actualCwd: workspace.map { $0.paths.relative + "/cwd" } ?? "", stdout: output.0,
      stderr: output.1, meter: usage?.cgroup == nil ? .proc : .cgroup)
  }

  /// The processor time of all the command's processes.
  private func cpuTime(_ ended: ProcessEnd?) -> Duration {
    usage?.cgroupCPUTime ?? .nanoseconds(ended?.cpuNanoseconds ?? 0) + leftoversCPUTime
      + (usage?.orphansCPUTime ?? .zero)
  }

  /// The largest resident size of this process, which its children begin with (decision 32).
  private static var ownPeak: Megabytes {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Megabytes(usage.ru_maxrss / 1024)
  }
}
