import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct CrowdTests {
  private func after(_ count: Int) -> Crowd {
    var crowd = Crowd()
    for _ in 0..<count { crowd.enter() }
    return crowd
  }

  @Test func aFewConnectionsAreNoCrowd() {
    var crowd = after(Crowd.least - 1)
    #expect(!(0..<Crowd.least - 1).contains { _ in crowd.leave() })
  }

  @Test func aCrowdHasGoneWhenThreeOfFourHaveLeft() {
    var crowd = after(400)
    let told = (1...400).filter { _ in crowd.leave() }
    // What was left then is a crowd of its own; what that left, 25, is none.
    #expect(told == [300, 375])
  }

  @Test func thoseThatComeAndGoAreCountedByTheMostAtATime() {
    var crowd = after(Crowd.least - 1)
    let told = (0..<1000).filter { _ in
      defer { crowd.enter() }
      return crowd.leave()
    }
    #expect(told == [])
  }
}
