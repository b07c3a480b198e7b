import Glibc

/// A point of `CLOCK_BOOTTIME`: never jumps, goes on while the machine sleeps (decision 40).
public struct Instant: Hashable, Sendable, Comparable {
  /// Nanoseconds since the boot.
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

  public static func + (a: Self, b: Duration) -> Self {
    Self(nanoseconds: a.nanoseconds + Int64(b.attoseconds / 1_000_000_000))
  }

  public static func - (a: Self, b: Self) -> Duration {
    .nanoseconds(a.nanoseconds - b.nanoseconds)
  }
}

/// The wall clock, in nanoseconds since the Unix epoch.
public func wallClockNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
