import Testing

@testable import wr

@Suite struct WatchFrameTests {
  private func progress(_ groups: (String, [String: Int])...) -> Progress {
    Progress(
      groups: groups.map { name, counts in
        var group = Progress.Group(name: name, counts: StateCounts())
        for (state, count) in counts { group.counts.add(state, count) }
        return group
      })
  }

  @Test func aBarShowsCountsRateAndTimeLeft() {
    var frame = WatchFrame()
    frame.see(progress(("abc", ["ready": 9, "running": 1])), now: 0)
    #expect(frame.lines(width: 80) == ["abc [....................] 0/10 running 1"])
    frame.see(progress(("abc", ["ready": 4, "running": 1, "complete": 4, "buried": 1])), now: 10)
    #expect(
      frame.lines(width: 80)
        == ["abc [##########..........] 5/10 running 1 buried 1 0.5/s, 10s left"])
    frame.see(progress(("abc", ["complete": 9, "buried": 1])), now: 20)
    #expect(frame.lines(width: 80) == ["abc [####################] 10/10 buried 1"])
    #expect(frame.progress.isOver)
  }

  @Test func rateIsThatOfTheLastMinute() {
    var frame = WatchFrame()
    for second in 0...200 {
      let done = second <= 100 ? 0 : second - 100
      frame.see(progress(("g", ["complete": done, "ready": 1000 - done])), now: Double(second))
    }
    #expect(frame.rate(of: "g") == 1)
    #expect(frame.rate(of: "h") == nil)
  }

  @Test func linesFitTheTerminalAndUnfinishedGroupsComeFirst() {
    var frame = WatchFrame()
    frame.see(
      progress(
        ("done", ["complete": 1]), ("first", ["ready": 1]), ("second", ["ready": 1]),
        ("third", ["ready": 1])), now: 0)
    let lines = frame.lines(width: 40, height: 3)
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("first"))
    #expect(lines[2] == "and 2 more groups")
    for line in frame.lines(width: 31) { #expect(line.count <= 31) }
    #expect(frame.lines(width: 40, height: 4).count == 4)
  }

  @Test func coloursAreThereOnlyWhenWanted() {
    var frame = WatchFrame()
    frame.see(progress(("g", ["buried": 1])), now: 0)
    #expect(frame.lines(width: 80, colours: true)[0].contains("\u{1b}[31m"))
    #expect(!frame.lines(width: 80)[0].contains("\u{1b}"))
  }

  @Test func dependantsAloneAreNoProgress() {
    #expect(progress(("g", ["buried": 1, "dependent": 2])).onlyDepends)
    #expect(!progress(("g", ["buried": 1, "dependent": 2, "ready": 1])).onlyDepends)
    #expect(!progress(("g", ["buried": 1, "dependent": 2])).isOver)
  }
}
