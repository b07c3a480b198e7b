import Jobs
import Testing

@testable import Runner

@Suite struct OutputFollowersTests {
  private func wish(_ follower: UInt64, _ stream: OutputStream = .stdout, once: Bool = false)
    -> OutputWish
  {
    OutputWish(follower: follower, attempt: AttemptID(1), stream: stream, isOnce: once)
  }

  private func pass(_ text: String, _ stream: OutputStream, to followers: inout OutputFollowers) {
    var text = text
    text.withUTF8 { followers.pass(UnsafeRawBufferPointer($0), of: stream) }
  }

  @Test func eachIsToldWhatItHasNotSeenOfItsStream() {
    var followers = OutputFollowers()
    followers.add(wish(1), soFar: Array("so far\n".utf8)) {}
    pass("out\n", .stdout, to: &followers)
    followers.add(wish(2, .stderr), soFar: []) {}
    pass("err\n", .stderr, to: &followers)
    #expect(
      followers.take(isOver: false) == [
        RunOutput(follower: 1, text: "so far\nout\n"), RunOutput(follower: 2, text: "err\n"),
      ])
    #expect(followers.take(isOver: false) == [])
    pass("more", .stdout, to: &followers)
    #expect(followers.take(isOver: false) == [RunOutput(follower: 1, text: "more")])
    #expect(
      followers.take(isOver: true) == [
        RunOutput(follower: 1, text: "", isLast: true),
        RunOutput(follower: 2, text: "", isLast: true),
      ])
    #expect(followers.take(isOver: true) == [])
  }

  @Test func whoAsksOnceIsToldWhatThereIsAndNoMore() {
    var followers = OutputFollowers()
    followers.add(wish(1, once: true), soFar: Array("so far".utf8)) {}
    pass("later", .stdout, to: &followers)
    #expect(
      followers.take(isOver: false) == [RunOutput(follower: 1, text: "so far", isLast: true)])
    #expect(followers.take(isOver: true) == [])
  }

  @Test func whoHasGoneIsToldNothing() {
    var followers = OutputFollowers()
    followers.add(wish(1), soFar: []) {}
    followers.remove(1)
    pass("more", .stdout, to: &followers)
    #expect(followers.take(isOver: true) == [])
  }

  @Test func aLineThatIsBeingRewrittenIsShownSoFar() {
    var filter = LineFilter()
    for text in ["done\n10%\r20", "%"] {
      Array(text.utf8).withUnsafeBytes { filter.append($0) }
    }
    #expect(String(decoding: filter.soFar, as: UTF8.self) == "done\n10%\r20%")
    #expect(filter.finish() == "done\n10%\n20%", "looking changes nothing")
  }
}
