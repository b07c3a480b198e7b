import Jobs
import Platform
import Testing

@testable import Runner

struct AttemptLedgerTests {
  private let host = Incarnation("host")
  private let now = Instant(nanoseconds: 7)

  private func start(_ attempt: UInt64) -> RunStart {
    RunStart(attempt: AttemptID(attempt), pid: 9, startedAt: Timestamp(seconds: 1))
  }

  private func end(_ attempt: UInt64) -> RunEnd {
    RunEnd(attempt: AttemptID(attempt), verdict: .complete, endedAt: Timestamp(seconds: 2))
  }

  private func inventory(_ ledger: AttemptLedger) -> Inventory {
    var inventory = Inventory(
      incarnation: host, host: "h", hostIP: "", pid: 1, startTicks: 1, bootID: "", cores: 1,
      memory: 1)
    ledger.describe(in: &inventory)
    return inventory
  }

  @Test func anAttemptIsAcceptedOnceWhateverBecameOfIt() {
    var ledger = AttemptLedger()
    let first = ledger.accept(AttemptID(1))
    let second = ledger.accept(AttemptID(1))
    ledger.start(start(1), now: now)
    let third = ledger.accept(AttemptID(1))
    ledger.finish(end(1))
    let fourth = ledger.accept(AttemptID(1))
    #expect([first, second, third, fourth] == [true, false, false, false])
  }

  @Test func theInventorySaysWhereEachAttemptIs() {
    var ledger = AttemptLedger()
    for attempt in (1...4).reversed() { _ = ledger.accept(AttemptID(UInt64(attempt))) }
    ledger.start(start(2), now: now)
    ledger.start(start(4), now: now)
    ledger.finish(end(3))
    _ = ledger.discard(AttemptID(4))
    let inventory = inventory(ledger)
    #expect(inventory.held == [AttemptID(1)])
    #expect(inventory.running == [start(2)])
    #expect(inventory.finished == [AttemptID(3)])
  }

  @Test func whatGathersWhileABatchIsUnderWayGoesWithTheNext() {
    var ledger = AttemptLedger()
    for attempt in 1...2 { _ = ledger.accept(AttemptID(UInt64(attempt))) }
    ledger.start(start(1), now: now)
    let first = ledger.batch(of: host)
    #expect(first.reports == [.started(start(1))])
    #expect(first.alive == [AttemptID(1)])
    ledger.start(start(2), now: now)
    ledger.finish(end(1))
    _ = ledger.taken(ReportAnswer())
    let second = ledger.batch(of: host)
    #expect(second.reports == [.started(start(2)), .ended(end(1))])
    #expect(second.alive == [AttemptID(2)])
    #expect([first.sequence, second.sequence] == [1, 2])
    let done = ledger.taken(ReportAnswer(acknowledged: [AttemptID(1), AttemptID(7)]))
    #expect(done == [AttemptID(1)])
    #expect(ledger.reportsDue(now: now) == nil && !ledger.owesReports && ledger.isBusy)
  }

  @Test func aStartIsKeptBackAndGoesWithItsEnd() {
    var ledger = AttemptLedger()
    for attempt in 1...3 { _ = ledger.accept(AttemptID(UInt64(attempt))) }
    #expect(ledger.reportsDue(now: now) == nil)
    ledger.start(start(1), now: now)
    let later = now + .milliseconds(10)
    ledger.start(start(2), now: later)
    #expect(ledger.reportsDue(now: later) == now + AttemptLedger.startDelay)
    var end = end(1)
    end.start = start(1)
    ledger.finish(end)
    #expect(ledger.reportsDue(now: later) == later)
    #expect(ledger.batch(of: host).reports == [.started(start(2)), .ended(end)])
    // One that is under way stays.
    end = self.end(2)
    end.start = start(2)
    ledger.finish(end)
    _ = ledger.taken(ReportAnswer(acknowledged: [AttemptID(1)]))
    #expect(ledger.batch(of: host).reports == [.ended(end)])
    _ = ledger.taken(ReportAnswer(acknowledged: [AttemptID(2)]))
    ledger.start(start(3), now: later)
    #expect(ledger.reportsDue(now: later) == later + AttemptLedger.startDelay)
  }

  @Test func aBatchThatWasNotTakenIsRepeatedOnTheNextLinkWithItsResultsOnly() {
    var ledger = AttemptLedger()
    for attempt in 1...2 { _ = ledger.accept(AttemptID(UInt64(attempt))) }
    ledger.start(start(1), now: now)
    ledger.start(start(2), now: now)
    ledger.finish(end(2))
    _ = ledger.batch(of: host)
    ledger.connect()
    #expect(ledger.batch(of: host).reports == [.ended(end(2))])
    _ = ledger.taken(ReportAnswer())
    #expect(ledger.owesReports, "not acknowledged, so still owed")
    ledger.connect()
    #expect(ledger.batch(of: host).reports == [.ended(end(2))])
  }

  @Test func aDiscardedAttemptIsNeverReported() {
    var ledger = AttemptLedger()
    _ = ledger.accept(AttemptID(1))
    ledger.start(start(1), now: now)
    #expect(ledger.discard(AttemptID(1)) == .running(start(1)))
    #expect(ledger.discard(AttemptID(1)) == nil)
    ledger.finish(end(1))
    #expect(!ledger.owesReports)
    #expect(ledger.isBusy, "until it is forgotten")
    ledger.forget(AttemptID(1))
    #expect(!ledger.isBusy)
  }

  @Test func whatIsGivenBackIsHeldUntilTheManagerHasHeardOfIt() {
    var ledger = AttemptLedger()
    let attempt = AttemptID(1)
    _ = ledger.accept(attempt)
    ledger.giveBack(attempt)
    ledger.giveBack(attempt)
    #expect(ledger.reportsDue(now: now) == now)
    #expect(!ledger.isBusy && ledger.owesReports)
    ledger.start(start(1), now: now)
    ledger.finish(end(2))
    #expect(ledger.batch(of: host).reports == [.givenBack(attempt), .ended(end(2))])
    // Whether that batch has arrived is not known.
    ledger.connect()
    let isAcceptedAgain = ledger.accept(attempt)
    #expect(!isAcceptedAgain)
    #expect(inventory(ledger).held == [attempt])
    #expect(ledger.batch(of: host).reports == [.givenBack(attempt), .ended(end(2))])
    let done = ledger.taken(ReportAnswer(acknowledged: [AttemptID(2)]))
    #expect(done == [AttemptID(2)], "of the other nothing is kept")
    #expect(inventory(ledger).held == [] && !ledger.owesReports)
    #expect(ledger.reportsDue(now: now) == nil)
    ledger.connect()
    #expect(ledger.batch(of: host).reports == [])
  }

  @Test func whatIsGivenBackAndNotWantedIsForgottenAtOnce() {
    var ledger = AttemptLedger()
    _ = ledger.accept(AttemptID(1))
    ledger.giveBack(AttemptID(1))
    #expect(ledger.discard(AttemptID(1)) == .givenBack)
    #expect(!ledger.isDiscarding && !ledger.owesReports && !ledger.isBusy)
    _ = ledger.batch(of: host)
    _ = ledger.taken(ReportAnswer())
    #expect(ledger.reportsDue(now: now) == nil)
  }

  @Test func whatHasBegunOrIsUnwantedIsNotGivenBack() {
    var ledger = AttemptLedger()
    for attempt in 1...3 { _ = ledger.accept(AttemptID(UInt64(attempt))) }
    ledger.start(start(1), now: now)
    ledger.finish(end(2))
    _ = ledger.discard(AttemptID(3))
    let phases = ledger.phases
    for attempt in 1...4 { ledger.giveBack(AttemptID(UInt64(attempt))) }
    #expect(ledger.phases == phases)
    #expect(ledger.batch(of: host).reports == [.started(start(1)), .ended(end(2))])
  }

  @Test func batchesStayBelowTheManagersLimits() {
    var ledger = AttemptLedger()
    for attempt in 1...UInt64(AttemptLedger.batchLimit + 1) {
      _ = ledger.accept(AttemptID(attempt))
      ledger.finish(end(attempt))
    }
    #expect(ledger.batch(of: host).reports.count == AttemptLedger.batchLimit)
    _ = ledger.taken(ReportAnswer())
    #expect(ledger.batch(of: host).reports.count == 1)
  }
}

struct LinkTests {
  @Test(
    arguments: [
      ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:65535\n", "::1", 65535), (" a.b:1 x", "a.b", 1),
    ] as [(String, String, UInt16)])
  func addressesAreRead(_ example: (String, String, UInt16)) throws {
    let place = try #require(ManagerAddress.parse(example.0))
    #expect(place.host == example.1 && place.port == example.2)
  }

  @Test(arguments: ["", "host", ":80", "host:", "host:0", "host:65536", "host:x"])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(ManagerAddress.parse(text) == nil)
  }

  @Test(arguments: [1, 2, 7, 1000]) func ordersAreTakenOutOfPiecesOfAnySize(size: Int) throws {
    let orders: [HostOrder] = [
      .ping, .kill(AttemptID(3)), .discard(AttemptID(4)), .stop(killing: true),
    ]
    var rest = orders.flatMap { $0.encoded() }[...]
    var lines = OrderLines()
    var received: [HostOrder] = []
    while !rest.isEmpty {
      received += try lines.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    #expect(received == orders)
  }

  @Test func aLineThatIsNoOrderIsAnError() {
    var lines = OrderLines()
    #expect(throws: JSONError.self) { try lines.append(Array("nonsense\n".utf8)) }
  }
}
