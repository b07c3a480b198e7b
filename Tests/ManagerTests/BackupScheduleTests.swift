import Platform
import Testing

@testable import Manager

@Suite struct BackupScheduleTests {
  private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  @Test func nothingIsDueBeforeSomethingHasChanged() {
    let schedule = BackupSchedule()
    #expect(schedule.due(now: at(1000)) == nil)
  }

  @Test func theFirstBackupIsDueAtOnce() {
    var schedule = BackupSchedule()
    schedule.changed()
    #expect(schedule.due(now: at(5)) == at(5))
  }

  @Test(arguments: [(0, 30), (1, 30), (2, 40), (60, 1200)] as [(Int64, Int64)])
  func theGapIsTheLargerOfThirtySecondsAndTwentyDurations(duration: Int64, gap: Int64) {
    var schedule = BackupSchedule()
    schedule.changed()
    schedule.began()
    schedule.ended(at: at(100), after: .seconds(duration))
    #expect(schedule.due(now: at(101)) == nil)
    schedule.changed()
    #expect(schedule.due(now: at(101)) == at(100 + gap))
    #expect(schedule.due(now: at(5000)) == at(5000))
  }

  @Test func whatIsWrittenDuringABackupMakesAnotherDue() {
    var schedule = BackupSchedule()
    schedule.changed()
    schedule.began()
    schedule.changed()
    schedule.ended(at: at(10), after: .seconds(1))
    #expect(schedule.due(now: at(11)) == at(40))
  }

  @Test func aBackupThatFailedIsTriedAgainAfterTheGap() {
    var schedule = BackupSchedule()
    schedule.changed()
    schedule.began()
    schedule.failed(at: at(10), after: .seconds(1))
    #expect(schedule.due(now: at(11)) == at(40))
  }
}
