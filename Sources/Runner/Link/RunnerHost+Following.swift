import Jobs
import Platform

/// What commands write, told to those who follow it: over the link, beside the reports, but of less
/// worth: what does not arrive is not sent again, and a new link has none who follow.
extension RunnerHost {
  /// How often what is written is told at most.
  private static let writtenInterval = Duration.milliseconds(50)

  func follow(_ wish: OutputWish) async {
    guard let runner = runners[wish.attempt] else {
      written.append(RunOutput(follower: wish.follower, text: "", isLast: true))
      return noteWritten()
    }
    followed[wish.follower] = wish.attempt
    await runner.follow(wish) { [weak self] in self?.assumeIsolated { $0.noteWritten() } }
  }

  func unfollow(_ follower: UInt64) async {
    guard let attempt = followed.removeValue(forKey: follower) else { return }
    await runners[attempt]?.unfollow(follower)
  }

  /// A new link begins.
  func forgetFollowers() async {
    for follower in followed.keys { await unfollow(follower) }
    written = []
    writtenDue = nil
  }

  /// Something was written that somebody follows.
  func noteWritten() {
    guard writtenDue == nil else { return }
    writtenDue = max(.now, lastWritten + Self.writtenInterval)
    reportsDue.signal()
  }

  /// What was written since the last call.
  func takeWritten() async -> [RunOutput] {
    guard writtenDue != nil else { return [] }
    writtenDue = nil
    lastWritten = .now
    var taken = written
    written = []
    for attempt in Set(followed.values).sorted() {
      taken += await runners[attempt]?.takeWritten() ?? []
    }
    for output in taken where output.isLast { followed[output.follower] = nil }
    return taken
  }

  /// An attempt is over: takes over what its runner has not told yet.
  func keepWritten(of runner: RunnerActor) async {
    guard followed.values.contains(runner.order.attempt) else { return }
    written += await runner.takeWritten()
    noteWritten()
  }
}
