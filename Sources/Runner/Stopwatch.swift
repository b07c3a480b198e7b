import Jobs
import Platform

/// Measures a run on the clock that never jumps, and shows it on the wall's (decisions 31, 40).
struct Stopwatch: Sendable {
  let start = Instant.now
  let startedAt = Timestamp(nanoseconds: wallClockNanoseconds())

  func elapsed(until end: Instant) -> Duration { max(.zero, end - start) }

  /// The wall clock's time at an instant of a moment ago.
  func timestamp(at instant: Instant) -> Timestamp {
    Timestamp(nanoseconds: wallClockNanoseconds()) + (instant - .now)
  }
}
