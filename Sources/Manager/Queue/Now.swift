import Jobs
import Platform

/// The time, as both clocks tell it. A parameter of every transition; never read inside one.
public struct Now: Sendable, Hashable {
  /// For deadlines and measuring.
  public var instant: Instant
  /// For showing and storing.
  public var timestamp: Timestamp

  public init(instant: Instant, timestamp: Timestamp) {
    self.instant = instant
    self.timestamp = timestamp
  }

  /// Reads both clocks.
  public static var current: Now {
    Now(instant: .now, timestamp: Timestamp(nanoseconds: wallClockNanoseconds()))
  }

  /// When a stored wall-clock time comes, by the clock that does not jump.
  func instant(of time: Timestamp) -> Instant { instant + (time - timestamp) }
}
