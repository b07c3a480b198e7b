import Jobs
import Testing

@testable import Runner

struct OutcomeTests {
  /// Changes to an outcome, and what it is judged to be: the rows of behaviour.md §6.9.
  static let rows: [(Outcome, Verdict)] = [
    (Outcome(exit: .code(0)), .complete),
    (Outcome(exit: .code(0), exceededMemory: true), .complete),
    (Outcome(exit: .code(0), cause: .user), .complete),
    (Outcome(exit: .code(126)), .bury(.permission)),
    (Outcome(exit: .code(127)), .bury(.commandNotFound)),
    (Outcome(exit: .code(128)), .bury(.invalidExitCode)),
    (Outcome(exit: .code(127), exceededMemory: true), .bury(.commandNotFound)),
    (Outcome(exit: .code(1), exceededMemory: true), .release(.memory)),
    (Outcome(exit: .signal(9), cause: .memory, exceededMemory: true), .release(.memory)),
    (Outcome(exit: .signal(9), cause: .disk), .release(.disk)),
    (Outcome(exit: .signal(9), cause: .disk, exceededMemory: true), .release(.memory)),
    (
      Outcome(
        exit: .signal(9), cause: .signal, walltime: .seconds(11), expectedTime: .seconds(10)),
      .release(.time)
    ),
    (
      Outcome(exit: .signal(9), cause: .signal, walltime: .seconds(9), expectedTime: .seconds(10)),
      .release(.signal)
    ),
    // Killed comes before all other failures (decision 18).
    (Outcome(exit: .signal(9), cause: .user), .bury(.killed)),
    (Outcome(exit: .signal(9), cause: .user, exceededMemory: true), .bury(.killed)),
    (Outcome(exit: .code(127), cause: .user), .bury(.killed)),
    (Outcome(exit: .code(1), cause: .user, untilBuried: 3), .bury(.killed)),
    (Outcome(exit: .code(1)), .release(.exit)),
    (Outcome(exit: .signal(11)), .release(.exit)),
    (Outcome(exit: .code(255)), .release(.exit)),
    (
      Outcome(
        exit: .code(1), walltime: .seconds(3), untilBuried: 2, noRetryOverWalltime: .seconds(2)),
      .bury(.exit)
    ),
    (
      Outcome(
        exit: .code(1), walltime: .seconds(2), untilBuried: 2, noRetryOverWalltime: .seconds(2)),
      .release(.exit)
    ),
    (
      Outcome(
        exit: .code(1), walltime: .seconds(3), untilBuried: 1, noRetryOverWalltime: .seconds(2)),
      .release(.exit)
    ),
    (
      Outcome(
        exit: .code(1), exceededMemory: true, walltime: .seconds(3), untilBuried: 2,
        noRetryOverWalltime: .seconds(2)),
      .release(.memory)
    ),
    (Outcome(exit: .unknown), .release(.abnormal)),
  ]

  @Test(arguments: rows) func theFirstRowThatAppliesDecides(_ row: (Outcome, Verdict)) {
    #expect(Verdict(of: row.0) == row.1)
  }

  @Test func theEndOfAChildIsRead() {
    #expect(Exit(code: 127, signal: nil) == .code(127))
    #expect(Exit(code: nil, signal: 9) == .signal(9))
    #expect(Exit(nil) == .unknown)
    #expect([Exit.code(3), .signal(9), .unknown].map(\.shownCode) == [3, -1, 255])
  }
}
