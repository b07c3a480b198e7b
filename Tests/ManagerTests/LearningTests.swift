import Jobs
import Testing

@testable import Manager

/// The rows of behaviour.md §5.4 and §5.5.
@Suite struct LearningTests {
  // MARK: Recommendations

  @Test(
    arguments: [
      ([2, 3, 4] + Array(stride(from: 1100, through: 3900, by: 100)), 100, 3400),
      ([6, 7, 8] + Array(stride(from: 8000, through: 13800, by: 200)), 100, 12800),
      ([8, 9, 10] + Array(stride(from: 7000, through: 10000, by: 100)), 1, 9500),
      ([1], 100, 100), ([99], 100, 100), ([101], 100, 200), ([100], 100, 100), ([1], 1, 1),
      ([10, 20, 3000], 100, 3000), ([0, 5], 100, 100),
      // Six values: the sixth from the top is the first.
      ([100, 200, 300, 400, 500, 600], 100, 100),
      // The highest is within a rounding of what would be taken.
      ([510, 520, 530, 540, 550, 560], 100, 600),
      // A first value of nothing stands for the highest.
      ([0, 200, 300, 400, 500, 600], 100, 600),
      // A twentieth of more than a hundred is dropped.
      (Array(1...200).map { $0 * 100 }, 100, 19_000),
    ] as [([Int], Int, Int)])
  func theRecommendationIsAHighPercentile(values: [Int], round: Int, expected: Int) {
    #expect(Learning.recommended(values, round: round) == expected)
  }

  @Test func nothingIsRecommendedOfNothing() {
    #expect(Learning.recommended([], round: 100) == nil)
    #expect(Learning.recommended([0], round: 100) == nil)
  }

  @Test func theSameValueCountsOnceAndGroupsAreMatchedExactly() {
    var learning = Learning()
    let lesson = Learning.Lesson(group: "foo", quantity: .memory, value: 500)
    let first = learning.record(lesson)
    let second = learning.record(lesson)
    _ = learning.record(Learning.Lesson(group: "foobar", quantity: .memory, value: 9000))
    #expect(first && !second)
    #expect(learning.recommendation(for: "foo").memory == 500)
    #expect(learning.recommendation(for: "fo").memory == nil)
  }

  @Test func diskIsRecommendedInWholeGigabytes() {
    var learning = Learning()
    _ = learning.record(Learning.Lesson(group: "g", quantity: .disk, value: 200))
    #expect(learning.recommendation(for: "g").diskGigabytes == 1)
    _ = learning.record(Learning.Lesson(group: "g", quantity: .disk, value: 1100))
    #expect(learning.recommendation(for: "g").diskGigabytes == 2)
  }

  // MARK: What is learnt of

  private func job(_ reason: FailReason?, started: Bool = true) -> Job {
    var job = Job(
      id: JobID(1), key: QueueBench.key(1), spec: JobSpec(cmd: "a", reqGroup: "g"),
      addedAt: Timestamp(seconds: 1), state: .ready)
    job.run.failReason = reason
    job.run.peakMemory = 300
    job.run.peakDisk = 20
    job.run.walltime = .milliseconds(1500)
    job.run.startedAt = started ? Timestamp(seconds: 5) : nil
    return job
  }

  @Test(
    arguments: [
      (nil, ["memory 300", "disk 20", "time 2"]), (.memory, ["memory 300"]), (.disk, ["disk 20"]),
      (.time, ["time 2"]), (.exit, []), (.killed, []), (.lost, []), (.commandNotFound, []),
      (.signal, []),
    ] as [(FailReason?, [String])])
  func aSuccessTeachesAllAndAFailureOnlyWhatItLacked(reason: FailReason?, expected: [String]) {
    let lessons = Learning.lessons(of: job(reason))
    #expect(lessons.map { "\($0.quantity.rawValue) \($0.value)" } == expected)
    #expect(Learning.lessons(of: job(reason, started: false)) == [])
  }

  // MARK: After a failure

  @Test(arguments: [
    (10, 1100), (500, 1500), (1001, 2100), (4000, 8000), (8192, 16_400), (8193, 10_700),
    (20_000, 26_000),
  ])
  func aRunThatLackedMemoryGetsMore(peak: Int, expected: Int) {
    #expect(Estimate.memory(afterPeak: Megabytes(peak)).count == expected)
  }

  @Test(arguments: [(1, 1), (787, 1), (788, 2), (1024, 2), (10_240, 13)])
  func aRunThatLackedDiskGetsAThirdMoreRoundedUpToAGigabyte(peak: Int, expected: Int) {
    #expect(Estimate.disk(afterPeak: Megabytes(peak)) == expected)
  }

  @Test func aRunThatLackedTimeGetsAnHourMore() {
    let estimate = Estimate(of: job(.time))
    let got = estimate.requirements(Learning(), machine: Machine(cores: 2, memory: 8192))
    #expect(got.time == .milliseconds(3_601_500))
  }

  // MARK: Override

  private func learned() -> Learning {
    var learning = Learning()
    for (quantity, value) in [(Learning.Quantity.memory, 300), (.disk, 3000), (.time, 70)] {
      _ = learning.record(Learning.Lesson(group: "g", quantity: quantity, value: value))
    }
    return learning
  }

  @Test(arguments: [
    // override, asked MB, s, GB (-1: not asked), expected MB, s, GB
    (0, 1024, 3600, -1, 300, 70, 3), (0, 100, 10, 1, 300, 70, 3), (0, 0, 0, 9, 300, 70, 3),
    (1, 1024, 3600, -1, 1024, 3600, 3), (1, 100, 10, 1, 300, 70, 3), (1, 0, 0, 9, 300, 70, 9),
    (2, 1024, 3600, -1, 1024, 3600, 3), (2, 100, 10, 1, 100, 10, 1), (2, 0, 0, 0, 300, 70, 0),
  ])
  func overrideDecidesBetweenLearntAndAsked(
    override: Int, memory: Int, time: Int, disk: Int, wantedMemory: Int, wantedTime: Int,
    wantedDisk: Int
  ) {
    var job = job(.exit)
    job.spec.override = override
    job.spec.requirements = Requirements(
      memory: Megabytes(memory), time: .seconds(time), diskGigabytes: max(0, disk),
      diskIsSet: disk >= 0)
    job.requirements = job.spec.requirements
    let got = Estimate(of: job).requirements(
      learned(), machine: Machine(cores: 2, memory: 8192))
    #expect(got.memory.count == wantedMemory)
    #expect(got.time == .seconds(wantedTime))
    #expect(got.diskGigabytes == wantedDisk)
  }

  @Test func withOverrideTwoAFailureRaisesNothing() {
    var job = job(.memory)
    job.spec.override = 2
    let got = Estimate(of: job).requirements(Learning(), machine: Machine(cores: 2, memory: 8192))
    #expect(got == job.requirements)
  }

  @Test func whatWasLearntNeverAsksForMoreThanTheMachineHas() {
    var learning = Learning()
    _ = learning.record(Learning.Lesson(group: "g", quantity: .memory, value: 9000))
    let machine = Machine(cores: 2, memory: 8192)
    let got = Estimate(of: job(nil)).requirements(learning, machine: machine)
    #expect(machine.impossibility(of: Machine.Room(for: got)) == nil)
  }
}
