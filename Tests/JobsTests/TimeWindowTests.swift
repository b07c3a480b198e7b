import Testing

@testable import Jobs

@Suite struct TimeWindowTests {
  /// 2026-11-25 00:00:00 UTC.
  private static let midnight: Int64 = 1_795_564_800

  private static func at(_ hour: Int64, _ minute: Int64 = 0, _ second: Int64 = 0) -> Timestamp {
    Timestamp(seconds: midnight + hour * 3600 + minute * 60 + second)
  }

  @Test(
    arguments: [
      ("time<06:00:00", [(5, true), (6, false), (7, false), (0, true)]),
      ("22:00:00<time", [(21, false), (22, false), (23, true)]),
      ("08:00:00<time<17:00:00", [(8, false), (9, true), (16, true), (17, false), (3, false)]),
      ("22:00:00 < time < 06:00:00", [(23, true), (0, true), (5, true), (6, false), (12, false)]),
      ("datetime<2026-11-25 10:00:00", [(9, true), (10, false), (11, false)]),
      ("2026-11-25 10:00:00<datetime", [(9, false), (10, false), (11, true)]),
      ("2026-11-25 10:00:00<datetime<2026-11-25 12:00:00", [(10, false), (11, true), (12, false)]),
    ] as [(String, [(Int64, Bool)])])
  func aWindowIsOpenStrictlyBetweenItsEnds(text: String, hours: [(Int64, Bool)]) throws {
    let window = try #require(TimeWindow(text))
    for (hour, isOpen) in hours {
      #expect(window.isOpen(at: Self.at(hour)) { _ in 0 } == isOpen, "\(text) at \(hour)")
    }
  }

  @Test(arguments: [
    "time", "time<", "<time", "time<6:00:00", "time<24:00:00", "time<06:60:00", "time<06:00",
    "06:00:00>time", "datetime<06:00:00", "datetime<2026-13-01 00:00:00",
    "datetime<2026-02-29 00:00:00", "datetime<2026-00-10 00:00:00", "time<01:00:00<02:00:00",
    "a<time<02:00:00", "01:00:00<time<b", "1<2<3<4", "x<y", "time<0a:00:00",
  ])
  func whatIsNoWindowIsNone(text: String) { #expect(TimeWindow(text) == nil) }

  @Test func leapDaysAreDays() {
    #expect(TimeWindow("datetime<2028-02-29 00:00:00") != nil)
    #expect(TimeWindow("datetime<2100-02-29 00:00:00") == nil)
    #expect(TimeWindow("datetime<2000-02-29 00:00:00") != nil)
  }

  @Test func localTimeIsWhatCounts() throws {
    let window = try #require(TimeWindow("08:00:00<time<17:00:00"))
    #expect(!window.isOpen(at: Self.at(7)) { _ in 0 })
    #expect(window.isOpen(at: Self.at(7)) { _ in 2 * 3600 })
    #expect(!window.isOpen(at: Self.at(16)) { _ in 2 * 3600 })
  }

  /// At each change, and nowhere between, the window opens or closes.
  @Test(arguments: [
    "time<06:00:00", "22:00:00<time", "08:00:00<time<17:00:00", "22:00:00<time<06:00:00",
    "2026-11-25 10:00:00<datetime<2026-11-27 12:00:00",
  ])
  func theNextChangeIsTheNextChange(text: String) throws {
    let window = try #require(TimeWindow(text))
    let zone: (Timestamp) -> Int = { _ in -5 * 3600 }
    var now = Self.at(-30)
    var changes = 0
    while changes < 8, let change = window.nextChange(after: now, offset: zone) {
      let before = Timestamp(nanoseconds: change.nanoseconds - 1)
      let isOpen = window.isOpen(at: change, offset: zone)
      // A daily window with one end opens again at midnight, which is no end of it.
      let midnights: Set<String> = ["time<06:00:00", "22:00:00<time"]
      if !midnights.contains(text) {
        #expect(window.isOpen(at: before, offset: zone) != isOpen)
        #expect(window.isOpen(at: now, offset: zone) == window.isOpen(at: before, offset: zone))
      }
      #expect(change > now)
      now = change
      changes += 1
    }
    #expect(text.contains("datetime") ? changes == 2 : changes == 8)
  }

  @Test func clocksThatArePutForwardMoveTheChange() throws {
    // One hour less until eight o'clock, because at two it is three.
    let window = try #require(TimeWindow("08:00:00<time"))
    let zone: (Timestamp) -> Int = { $0 < Self.at(2) ? 0 : 3600 }
    let change = try #require(window.nextChange(after: Self.at(1), offset: zone))
    #expect(change.seconds == Self.at(7).seconds)
    #expect(window.isOpen(at: change, offset: zone))
  }
}
