import Glibc
import Platform
import Testing

/// A manager or runner host that is killed before each call in turn that changes something on disk,
/// sends something or starts a process: so at every boundary of a commit, of the store and of the
/// link. What follows must always be as if nothing had happened.
@Suite(.serialized) struct CrashPointTests {
  /// Which of the crash points are tried: `WR_TORTURE_CRASHES`.
  private enum Choice: String {
    /// Each third of those at which something becomes durable or begins to run.
    case some
    /// All of those.
    case boundaries
    /// All calls that change anything.
    case all
  }

  @Test(arguments: [CrashPoint.Program.manager, .runner])
  func aCrashBeforeAnyCallLosesAndDoublesNothing(in program: CrashPoint.Program) throws {
    let settings = try Settings()
    let choice = try #require(
      Choice(rawValue: getenv("WR_TORTURE_CRASHES").map { String(cString: $0) } ?? "some"))
    let stride = choice == .some ? 3 : 1
    var number = 1 + Int(settings.seed) % stride
    var crashes = 0
    while true {
      let reactor = try Reactor()
      let house = try House(executable: settings.executable, small: nil)
      let crash = CrashPoint(
        program: program, number: number,
        calls: choice == .all ? CrashPoint.everything : CrashPoint.boundaries(in: program),
        markFile: house.directory.file("crash"))
      let (report, complaints) = try reactor.runUntilDone {
        try await Torture(of: house, clients: [Self.chores], crash: crash, on: reactor).run()
      }
      guard crash.hasCome else { break }
      #expect(complaints == [], "\(crash.words)\n\(report.words)")
      number += stride
      crashes += 1
    }
    print("torture: killed the \(program.rawValue) at \(crashes) crash points (\(choice))")
    #expect(crashes > 1, "nothing was killed")
  }

  /// Three jobs in two POSTs, the second of lines: one, one that waits for it, and one that fails
  /// before it succeeds.
  private static let chores: [[Chore]] = {
    var second = Chore(number: 1, kind: .good(0))
    second.prerequisites = [0]
    return [
      [Chore(number: 0, kind: .good(20))], [second, Chore(number: 2, kind: .secondTry)],
    ]
  }()
}
