import Testing

/// That a torture would notice what it is there for.
struct AgreementTests {
  /// Runner host 7 was killed, host 9 was not.
  private func complaints(
    _ lines: [String], _ chores: [Chore], _ records: [Record?], hostKills: Int = 1
  ) -> [String] {
    var ledger = Ledger()
    // In pieces, as it is read.
    for byte in lines.map({ $0 + "\n" }).joined().utf8 { ledger.append([byte]) }
    let known = zip(chores, records).compactMap { chore, record in
      record.map { (chore.number, $0) }
    }
    return Agreement(
      chores: Dictionary(uniqueKeysWithValues: chores.map { ($0.number, $0) }), ledger: ledger,
      records: Dictionary(uniqueKeysWithValues: known), survivor: 9, hostKills: hostKills
    ).complaints()
  }

  private func chore(_ number: Int, _ kind: Chore.Kind = .good(0)) -> Chore {
    Chore(number: number, kind: kind, standing: .accepted)
  }

  private func complete(attempts: Int = 1, pid: Int = 100) -> Record {
    var record = Record()
    (record.state, record.attempts, record.pid) = ("complete", attempts, pid)
    return record
  }

  @Test func anHonestStoryIsBelieved() {
    var failed = Record()
    (failed.state, failed.failReason) = ("buried", Record.exit)
    (failed.exitCode, failed.attempts, failed.pid) = (5, 1, 104)
    let complaints = complaints(
      [
        "S 0 1 old 99 7", "S 1 2 new 101 9", "S 0 3 new 100 9", "E 1 2 new 3", "E 0 3 new 0",
        "S 1 4 new 102 9", "E 1 4 new 0", "S 2 5 new 104 9", "E 2 5 new 5",
      ],
      [chore(0), chore(1, .secondTry), chore(2, .failing(5))],
      [complete(attempts: 2), complete(attempts: 2, pid: 102), failed])
    #expect(complaints == [])
  }

  @Test func aJobThatIsGoneOrUnfinishedIsNoticed() {
    #expect(complaints([], [chore(0)], [nil]) == ["job 0 (good(0)): it was accepted, and is gone"])
    var waiting = Record()
    waiting.state = "ready"
    #expect(complaints([], [chore(0)], [waiting]).count == 1)
  }

  @Test func aSecondRunOfWhatWasNotLostIsNoticed() {
    let lines = ["S 0 1 new 99 9", "E 0 1 new 0", "S 0 2 new 100 9", "E 0 2 new 0"]
    #expect(
      complaints(lines, [chore(0)], [complete(attempts: 2)]) == [
        "job 0 (good(0)): attempt 1 was not lost, and 2 followed"
      ])
  }

  @Test func aSecondRunBesideTheFirstIsNoticed() {
    let lines = ["S 0 1 old 99 7", "S 0 2 new 100 9", "E 0 1 old 0", "E 0 2 new 0"]
    #expect(
      complaints(lines, [chore(0)], [complete(attempts: 2)]) == [
        "job 0 (good(0)): attempt 1 went on beside 2"
      ])
  }

  @Test func anAttemptThatStartsTwiceIsNoticed() {
    let lines = ["S 0 1 new 100 9", "S 0 1 new 101 9", "E 0 1 new 0"]
    #expect(
      complaints(lines, [chore(0)], [complete()]).contains("attempt 1 of job 0 has started twice"))
  }

  @Test func aRunThatIsNotRecordedOrAnotherIsNoticed() {
    let lines = ["S 0 1 old 99 7", "S 0 2 new 100 9", "E 0 2 new 0"]
    #expect(complaints(lines, [chore(0)], [complete(attempts: 1)]).count == 1)
    #expect(complaints(lines, [chore(0)], [complete(attempts: 2, pid: 99)]).count == 1)
    #expect(complaints(["S 0 1 new 100 9"], [chore(0)], [complete()]).count == 2, "cut short")
  }

  @Test func aJobOfNobodyAndOneThatWasRefusedMustNotRun() {
    #expect(complaints(["S 3 1 new 100 9"], [], []) == ["job 3 was never asked for, and has run"])
    var refused = chore(0)
    refused.standing = .refused
    #expect(complaints(["S 0 1 new 100 9"], [refused], [nil]).count == 1)
  }

  @Test func aJobThatDoesNotWaitForAnotherIsNoticed() {
    var second = chore(1)
    second.prerequisites = [0]
    let lines = ["S 0 1 new 100 9", "S 1 2 new 101 9", "E 0 1 new 0", "E 1 2 new 0"]
    #expect(
      complaints(lines, [chore(0), second], [complete(), complete(pid: 101)]) == [
        "job 1 did not wait for 0"
      ])
  }

  @Test func aLimitThatIsExceededIsNoticed() {
    let chores = (0..<2).map { number in
      var chore = chore(number)
      chore.limitGroup = Chore.LimitedGroup(name: "one", limit: 1)
      return chore
    }
    let lines = ["S 0 1 new 100 9", "S 1 2 new 101 9", "E 0 1 new 0", "E 1 2 new 0"]
    #expect(
      complaints(lines, chores, [complete(), complete(pid: 101)]) == [
        "at line 2 of the ledger 2 of group one run"
      ])
  }

  @Test func theSeedDecidesAll() throws {
    var settings = try Settings()
    settings.jobs = 1000
    #expect(ClientScript.batches(settings) == ClientScript.batches(settings))
    #expect(ChaosPlan(settings).steps == ChaosPlan(settings).steps)
    let numbers = ClientScript.batches(settings).joined().joined().map(\.number)
    #expect(Set(numbers).count == numbers.count)
    for kills in [(200, 50), (1, 5), (7, 0)] {
      (settings.managerKills, settings.hostKills) = kills
      let strokes = ChaosPlan(settings).steps.map(\.stroke)
      #expect(strokes.reduce(0) { $0 + $1.managerKills } == kills.0)
      #expect(strokes.reduce(0) { $0 + $1.hostKills } == kills.1)
    }
    let another = settings.seed
    settings.seed += 1
    #expect(ChaosPlan(settings).steps != ChaosPlan(with(settings, seed: another)).steps)
  }

  private func with(_ settings: Settings, seed: UInt64) -> Settings {
    var settings = settings
    settings.seed = seed
    return settings
  }
}
