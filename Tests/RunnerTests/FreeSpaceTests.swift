import Testing

@testable import Runner

struct FreeSpaceTests {
  /// What is said after each of the readings.
  private func verdicts(_ readings: [UInt64?]) -> [Bool] {
    var space = FreeSpace()
    return readings.map { space.isFull($0) }
  }

  @Test func aVolumeIsFullBelowTheMinimum() {
    #expect(verdicts([nil, 104_857_600, 104_857_599]) == [false, false, true])
  }

  @Test func nothingFreeIsBelievedOnlyWhenRepeated() {
    let sixTimes = [Bool](repeating: false, count: 6)
    #expect(verdicts([0, 0, 0, 0, 0, 0, 0]) == sixTimes + [true])
    #expect(verdicts([0, 0, 0, 0, 0, 0, 1 << 40, 0]) == sixTimes + [false, false])
  }
}
