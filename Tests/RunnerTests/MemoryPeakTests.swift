import Jobs
import Platform
import Testing

@testable import Runner

struct MemoryPeakTests {
  private let start = Instant(nanoseconds: 0)

  @Test func theFirstLookIsClose() {
    let memory = MemoryPeak(limit: 100, machine: 1000)
    #expect(memory.needsCloseLook(residentKilobytes: 1, now: start))
  }

  @Test func aCloseLookIsTakenOnlyWhenThereMayBeSomethingNew() {
    var memory = MemoryPeak(limit: 100, machine: 1000)
    memory.record(proportional: 50, residentKilobytes: 60 << 10, now: start, cost: .zero)
    #expect(!memory.needsCloseLook(residentKilobytes: 50 << 10, now: start + .seconds(100)))
    #expect(!memory.needsCloseLook(residentKilobytes: 60 << 10, now: start + .seconds(1)))
    #expect(memory.needsCloseLook(residentKilobytes: 61 << 10, now: start + .seconds(1)))
    #expect(memory.needsCloseLook(residentKilobytes: 60 << 10, now: start + .seconds(5)))
  }

  @Test func dearLooksAreRareWhileNothingGrows() {
    var memory = MemoryPeak(limit: 10_000, machine: 100_000)
    memory.record(
      proportional: 5000, residentKilobytes: 6000 << 10, now: start, cost: .milliseconds(100))
    #expect(!memory.needsCloseLook(residentKilobytes: 6010 << 10, now: start + .seconds(19)))
    #expect(memory.needsCloseLook(residentKilobytes: 6010 << 10, now: start + .seconds(20)))
    #expect(memory.needsCloseLook(residentKilobytes: 6100 << 10, now: start + .seconds(1)))
  }

  @Test func crossingALimitIsLookedAtHoweverSmallTheStep() {
    var memory = MemoryPeak(limit: 1000, machine: 100_000)
    memory.record(proportional: 990, residentKilobytes: 999 << 10, now: start, cost: .zero)
    #expect(memory.needsCloseLook(residentKilobytes: (1000 << 10) + 1, now: start))
  }

  @Test func aJobIsKilledOnlyOverItsOwnAndTheMachinesLimit() {
    func memory(_ peak: Megabytes, limit: Megabytes) -> MemoryPeak {
      var memory = MemoryPeak(limit: limit, machine: 1099)
      memory.record(proportional: peak, residentKilobytes: 0, now: start, cost: .zero)
      return memory
    }
    #expect(!memory(100, limit: 100).isOverLimit)
    #expect(memory(101, limit: 100).isOverLimit)
    #expect(!memory(899, limit: 100).mustKill)
    #expect(memory(900, limit: 100).mustKill)
    #expect(!memory(900, limit: 950).mustKill)
  }

  @Test func theSystemsFigureCountsOnlyAboveTheHostsOwn() {
    var memory = MemoryPeak(limit: 100, machine: 1000)
    memory.record(maximumResident: 30, ofHost: 30)
    #expect(memory.peak == 0)
    memory.record(maximumResident: 31, ofHost: 30)
    #expect(memory.peak == 31)
  }
}
