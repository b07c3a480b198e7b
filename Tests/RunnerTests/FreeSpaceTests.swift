import Testing

@testable import Runner

struct FreeSpaceTests {
  @Test func aVolumeIsFullBelowTheMinimum() {
    var space = FreeSpace()
    let unknown = space.isFull(nil)
    #expect(!unknown)
    #expect(!space.isFull(104_857_600))
    #expect(space.isFull(104_857_599))
  }

  @Test func nothingFreeIsBelievedOnlyWhenRepeated() {
    var space = FreeSpace()
    for _ in 0..<6 { #expect(!space.isFull(0)) }
    #expect(space.isFull(0))
    #expect(!space.isFull(1 << 40))
    #expect(!space.isFull(0))
  }
}
