import Jobs

/// What a job is believed to need, of what was asked for, learnt, and seen to be too little
/// (behaviour.md §5.4, §5.5).
///
/// Jobs with equal estimates share one line among those that wait, so it holds all that decides
/// them and nothing else.
struct Estimate: Hashable {
  let reqGroup: ReqGroup
  private let override: Int
  private let asked: Requirements
  private let hasMemory: Bool
  private let hasTime: Bool
  private let hasDisk: Bool
  /// What a run that failed for want of it needs at least the next time.
  private var leastMemory: Megabytes = 0
  private var leastTime: Duration = .zero
  private var leastDiskGigabytes = 0

  init(of job: Job) {
    reqGroup = job.spec.reqGroup
    override = job.spec.override
    asked = job.requirements
    // Nothing was said by nothing: 0 of memory or time cannot be meant.
    hasMemory = job.spec.requirements.memory > 0
    hasTime = job.spec.requirements.time > .zero
    hasDisk = job.spec.requirements.diskIsSet || job.spec.requirements.diskGigabytes > 0
    if override != 2 { raise(after: job.run) }
  }

  private mutating func raise(after run: RunRecord) {
    switch run.failReason {
    case .memory?: leastMemory = Self.memory(afterPeak: run.peakMemory)
    case .time?: leastTime = (run.walltime ?? .zero) + .seconds(3600)
    case .disk?: leastDiskGigabytes = Self.disk(afterPeak: run.peakDisk)
    default: break
    }
  }

  /// Twice the peak, above 8 GB 1.3 times, at least 1000 MB more, rounded up to 100 MB.
  static func memory(afterPeak peak: Megabytes) -> Megabytes {
    let raised = peak.count <= 8192 ? peak.count * 2 : (peak.count * 13 + 9) / 10
    return Megabytes((max(raised, peak.count + 1000) + 99) / 100 * 100)
  }

  /// 1.3 times the peak in megabytes, as gigabytes rounded up.
  static func disk(afterPeak peak: Megabytes) -> Int {
    (peak.count * 13 + 10_239) / 10_240
  }

  /// The requirements by what is known now.
  ///
  /// - Parameter machine: what is learnt never asks for more than it has; what has failed may.
  func requirements(_ learning: Learning, machine: Machine) -> Requirements {
    let learnt = learning.recommendation(for: reqGroup)
    var result = asked
    if let memory = learnt.memory {
      result.memory = wins(
        min(memory, machine.largestMemory), over: asked.memory, isGiven: hasMemory)
    }
    if let time = learnt.time { result.time = wins(time, over: asked.time, isGiven: hasTime) }
    if let disk = learnt.diskGigabytes {
      result.diskGigabytes = wins(disk, over: asked.diskGigabytes, isGiven: hasDisk)
    }
    result.memory = max(result.memory, leastMemory)
    result.time = max(result.time, leastTime)
    result.diskGigabytes = max(result.diskGigabytes, leastDiskGigabytes)
    return result
  }

  /// Override: 0 takes what was learnt, 1 the higher, 2 what was asked for.
  private func wins<Value: Comparable>(
    _ learnt: Value, over asked: Value, isGiven: Bool
  ) -> Value {
    guard isGiven else { return learnt }
    return switch override {
    case 0: learnt
    case 1: max(learnt, asked)
    default: asked
    }
  }
}
