import Glibc

/// A repeatable source of random numbers (SplitMix64). Tests print `seed` in what they expect, and
/// `WR_TEST_SEED=…` repeats a run.
public struct SeededGenerator: RandomNumberGenerator {
  public let seed: UInt64
  private var state: UInt64

  /// - Parameter seed: nil for that of the environment, or else a new one.
  public init(seed: UInt64? = nil) {
    let given = getenv("WR_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    self.seed = seed ?? given ?? UInt64.random(in: .min ... .max)
    state = self.seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
