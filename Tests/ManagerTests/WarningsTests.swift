import Jobs
import Testing

@testable import Manager

@Suite struct WarningsTests {
  @Test func theSameMessageTwiceIsOneThatCameTwice() {
    var warnings = Warnings()
    warnings.add("a", at: Timestamp(seconds: 1))
    warnings.add("b", at: Timestamp(seconds: 2))
    warnings.add("a", at: Timestamp(seconds: 3))
    #expect(warnings.all.map(\.message) == ["a", "b"])
    #expect(warnings.all.map(\.count) == [2, 1])
    #expect(warnings.all[0].firstAt == Timestamp(seconds: 1))
    #expect(warnings.all[0].lastAt == Timestamp(seconds: 3))
  }

  @Test func takingForgets() {
    var warnings = Warnings()
    warnings.add("a", at: Timestamp(seconds: 1))
    #expect(warnings.takeAll().count == 1)
    #expect(warnings.takeAll().isEmpty)
    warnings.add("a", at: Timestamp(seconds: 5))
    #expect(warnings.all.map(\.count) == [1])
  }

  @Test func ofAFloodOfMessagesTheNewestStay() {
    var warnings = Warnings()
    for number in 0..<2 * Warnings.capacity {
      warnings.add("\(number)", at: Timestamp(seconds: Int64(number)))
    }
    #expect(warnings.all.count == Warnings.capacity)
    #expect(warnings.all.last?.message == "\(2 * Warnings.capacity - 1)")
    #expect(warnings.all.first?.message == "\(Warnings.capacity)")
  }
}
