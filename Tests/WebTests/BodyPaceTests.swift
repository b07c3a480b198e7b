import Platform
import Testing

@testable import Web

struct BodyPaceTests {
  private static let now = Instant(nanoseconds: 5_000_000_000)

  @Test func aBodyHasTheFloorToBeginWith() {
    let pace = BodyPace(floor: .seconds(30), bytesPerSecond: 1000)
    #expect(pace.deadline(from: Self.now) == Self.now + .seconds(30))
  }

  @Test func waitingUsesTheTimeUpAndBytesEarnIt() {
    var pace = BodyPace(floor: .seconds(30), bytesPerSecond: 1000)
    pace.note(1, waited: .seconds(20))
    #expect(pace.deadline(from: Self.now) == Self.now + .milliseconds(10_001))
    pace.note(14_999, waited: .zero)
    #expect(pace.deadline(from: Self.now) == Self.now + .seconds(25))
  }

  @Test func aByteNowAndThenDoesNotKeepABodyAlive() {
    var pace = BodyPace(floor: .seconds(30), bytesPerSecond: 1000)
    for _ in 0..<31 { pace.note(1, waited: .seconds(1)) }
    #expect(pace.deadline(from: Self.now) == Self.now)
  }

  @Test func muchAtOnceDoesNotEarnALongSilence() {
    var pace = BodyPace(floor: .seconds(30), bytesPerSecond: 1000)
    pace.note(1 << 30, waited: .zero)
    #expect(pace.deadline(from: Self.now) == Self.now + .seconds(60))
  }
}
