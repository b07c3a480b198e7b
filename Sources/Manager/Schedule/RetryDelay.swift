import Jobs

/// How long a failed job waits before it is tried again (behaviour.md §8).
enum RetryDelay {
  /// The longest delay, with jitter.
  static let longest = Duration.seconds(1830)

  /// The delay without jitter: 30 s, doubled for each failure so far, at most 30 min.
  ///
  /// - Parameter untilBuried: as it was during the failed attempt.
  static func base(retries: Int, untilBuried: Int) -> Duration {
    let failures = max(0, retries - untilBuried + 1)
    return .seconds(min(1800, 30 << min(failures, 10)))
  }

  /// The delay with jitter: up to 30 s more, so that what failed together does not return together.
  static func delay(retries: Int, untilBuried: Int, using random: inout SplitMix64) -> Duration {
    let jitter = Int64(random.next() % 30_000_000_000) + 1
    return base(retries: retries, untilBuried: untilBuried) + .nanoseconds(jitter)
  }
}

/// A small random number generator with a seed, so that any history can be played again.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
