import Platform
import Testing

/// A real manager and runner host that are killed, stopped, starved and lied to while clients use
/// them. `scripts/torture` runs it for as long as one likes; see docs/reliability.md.
@Suite(.serialized) struct TortureTests {
  @Test func nothingIsLostAndNothingRunsTwice() throws {
    let settings = try Settings()
    print("torture: WR_TORTURE_SEED=\(settings.seed)")
    let reactor = try Reactor()
    let house = try House(
      executable: settings.executable, small: settings.isPatient ? .everything : .database)
    let torture = Torture(
      of: house, clients: ClientScript.batches(settings), steps: ChaosPlan(settings).steps,
      on: reactor)
    let (report, complaints) = try reactor.runUntilDone { try await torture.run() }
    print("torture: seed \(settings.seed), \(settings.jobs) jobs\n\(report.text)")
    #expect(complaints == [], "WR_TORTURE_SEED=\(settings.seed)\n\(report.words)")
  }
}
