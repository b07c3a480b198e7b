/// growth: what a job costs the manager while more and more jobs that are like it wait.
enum Growth {
  static func measure(_ bench: Bench) async throws -> [Line] {
    try await GrowthSeries(name: "plain jobs") { _ in #""rep_grp":"plain""# }.measure(bench)
  }
}
