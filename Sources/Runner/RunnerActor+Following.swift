import Jobs

/// What the command writes, shown while it runs.
extension RunnerActor {
  /// Shows a follower what the command writes, from its start on.
  ///
  /// - Parameter told: called whenever there is something to be taken.
  func follow(_ wish: OutputWish, told: @escaping @Sendable () -> Void) async {
    if let command = followed {
      await command.follow(wish, told: told)
    } else if hasEnded || wish.isOnce {
      written.append(RunOutput(follower: wish.follower, text: "", isLast: true))
      told()
    } else {
      wishes[wish.follower] = (wish, told)
    }
  }

  func unfollow(_ follower: UInt64) async {
    wishes[follower] = nil
    await followed?.unfollow(follower)
  }

  /// What followers have not been told yet.
  func takeWritten() async -> [RunOutput] {
    let last = written
    written = []
    return last + (await followed?.takeWritten() ?? [])
  }

  /// The command runs: those who have waited for that see what it writes.
  func beginFollowing(_ command: RunningCommand) async {
    followed = command
    let waiting = wishes.values
    wishes = [:]
    for (wish, told) in waiting { await command.follow(wish, told: told) }
  }

  /// The command has ended: what followers have not been told is kept for them, and they are told
  /// that it is the last. Those who have waited for it see all that it wrote.
  func endFollowing() async {
    hasEnded = true
    written += await followed?.takeWritten(isOver: true) ?? []
    var late = OutputFollowers()
    for (wish, told) in wishes.values {
      late.add(wish, soFar: brief?.output[wish.stream].soFar ?? [], told: told)
    }
    written += late.take(isOver: true)
    wishes = [:]
    followed = nil
  }
}
