import Jobs
import Testing

@testable import Runner

struct CgroupMemoryTests {
  private func memory(_ readings: [CgroupReading]) -> CgroupMemory {
    readings.reduce(into: CgroupMemory()) { $0.record($1) }
  }

  @Test func withoutFiguresNothingIsKnown() {
    #expect(memory([]).peak == nil)
    #expect(memory([CgroupReading(cpuTime: .seconds(1))]).peak == nil)
  }

  @Test func theKernelsPeakCountsBetweenSamples() {
    #expect(memory([CgroupReading(peak: 90 << 20, current: 10 << 20)]).peak == 90)
  }

  @Test func whereTheKernelKeepsNoPeakTheLargestSampleCounts() {
    let readings = [30, 70, 20].map { CgroupReading(current: $0 << 20) }
    #expect(memory(readings).peak == 70)
  }

  @Test func filesThatWereReadAreNotMemoryThatIsNeeded() {
    let readings = [
      CgroupReading(peak: 50 << 20, current: 50 << 20),
      CgroupReading(peak: 1000 << 20, current: 1000 << 20, cache: 940 << 20),
    ]
    #expect(memory(readings).peak == 60)
    #expect(memory(readings + [CgroupReading(peak: 1000 << 20, current: 4 << 20)]).peak == 60)
  }

  @Test func aGroupAtItsLimitIsRemembered() {
    #expect(!memory([CgroupReading()]).ranOut)
    #expect(memory([CgroupReading(killed: 1), CgroupReading()]).ranOut)
  }
}
