import Jobs

/// Those who want to see what a command writes while it writes it, and what they have not been
/// told yet: bounded for each, so that none can hold up the command or the others.
struct OutputFollowers {
  private struct Follower {
    var wish: OutputWish
    var passing = PassingOutput()
    var hasNews = true
    var told: @Sendable () -> Void
  }

  private var followers: [UInt64: Follower] = [:]

  /// - Parameters:
  ///   - soFar: what was written before.
  ///   - told: called whenever there is something to be taken.
  mutating func add(_ wish: OutputWish, soFar: [UInt8], told: @escaping @Sendable () -> Void) {
    var follower = Follower(wish: wish, told: told)
    follower.passing.append(soFar)
    followers[wish.follower] = follower
    told()
  }

  mutating func remove(_ follower: UInt64) { followers[follower] = nil }

  mutating func pass(_ bytes: UnsafeRawBufferPointer, of stream: OutputStream) {
    guard !followers.isEmpty else { return }
    for (number, follower) in followers
    where follower.wish.stream == stream && !follower.wish.isOnce {
      followers[number]?.passing.append(bytes)
      if !follower.hasNews {
        followers[number]?.hasNews = true
        follower.told()
      }
    }
  }

  /// - Parameter isOver: there will be no more.
  mutating func take(isOver: Bool) -> [RunOutput] {
    var outputs: [RunOutput] = []
    for number in followers.keys.sorted() {
      guard var follower = followers[number], follower.hasNews || isOver else { continue }
      let isLast = isOver || follower.wish.isOnce
      outputs.append(
        RunOutput(
          follower: number, text: follower.passing.takeText(isLast: isLast), isLast: isLast))
      follower.hasNews = false
      followers[number] = isLast ? nil : follower
    }
    return outputs
  }
}
