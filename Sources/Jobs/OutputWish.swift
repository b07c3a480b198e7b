/// The two streams that commands write to.
public enum OutputStream: String, Hashable, Sendable, CaseIterable { case stdout, stderr }

/// That somebody wants to see what an attempt writes, while it writes it.
public struct OutputWish: Hashable, Sendable {
  /// Who wants it: a number that the manager gives once on a link.
  public var follower: UInt64
  public var attempt: AttemptID
  public var stream: OutputStream
  /// Only what there is so far is wanted, and not what follows.
  public var isOnce: Bool

  public init(follower: UInt64, attempt: AttemptID, stream: OutputStream, isOnce: Bool) {
    self.follower = follower
    self.attempt = attempt
    self.stream = stream
    self.isOnce = isOnce
  }
}

/// What an attempt has written since a follower was last told.
public struct RunOutput: Hashable, Sendable {
  public var follower: UInt64
  public var text: String
  /// There will be no more for this follower.
  public var isLast: Bool

  public init(follower: UInt64, text: String, isLast: Bool = false) {
    self.follower = follower
    self.text = text
    self.isLast = isLast
  }
}
