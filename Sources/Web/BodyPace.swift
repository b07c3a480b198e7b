import Platform

/// How long a client may let us wait for more of its body: a while to begin with, and more as
/// more has come, so that a slow line is served and a client that only pretends to send is not.
struct BodyPace: Hashable, Sendable {
  /// What any body may take.
  let floor: Duration
  /// What a body must come at, on average, once the floor is used up.
  let bytesPerSecond: Int
  /// Bytes that came, as the session counts them.
  private(set) var received = 0
  /// Time spent waiting for the client; our own slowness is not held against it.
  private(set) var waited = Duration.zero

  init(floor: Duration, bytesPerSecond: Int) {
    self.floor = floor
    self.bytesPerSecond = bytesPerSecond
  }

  /// Until when the next bytes must come. One pause is never longer than the floor twice over,
  /// however much came before.
  func deadline(from now: Instant) -> Instant {
    let earned = floor + .seconds(received) / bytesPerSecond - waited
    return now + max(.zero, min(earned, floor + floor))
  }

  mutating func note(_ count: Int, waited duration: Duration) {
    received += count
    waited += duration
  }
}
