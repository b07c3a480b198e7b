import Platform

/// When the next backup is due (decision 37): when something has changed, and the larger of 30 s
/// and 20 times the last backup's duration has passed since it ended.
struct BackupSchedule {
  private var lastEnd: Instant?
  private var lastDuration: Duration = .zero
  /// Something was written that no backup has.
  private(set) var isBehind = false

  /// When a backup is to be made; nil while there is nothing new. Now, if it is in the past.
  func due(now: Instant) -> Instant? {
    guard isBehind else { return nil }
    guard let lastEnd else { return now }
    return max(now, lastEnd + max(.seconds(30), lastDuration * 20))
  }

  /// Something was written.
  mutating func changed() { isBehind = true }

  /// A backup begins: what is written from now on may not be in it.
  mutating func began() { isBehind = false }

  /// A backup was made.
  mutating func ended(at end: Instant, after duration: Duration) {
    lastEnd = end
    lastDuration = duration
  }

  /// A backup was tried in vain.
  mutating func failed(at end: Instant, after duration: Duration) {
    isBehind = true
    ended(at: end, after: duration)
  }
}
