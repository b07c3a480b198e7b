/// How many connections there are, and whether there were many more: what these have used lies
/// between what is in use, and is only given back when somebody asks for it.
struct Crowd: Sendable {
  private var count = 0
  /// The most there were since memory was last given back.
  private var most = 0

  /// What fewer connections leave is not worth the while.
  static let least = 64

  mutating func enter() {
    count += 1
    most = max(most, count)
  }

  /// - Returns: whether a crowd has gone: of 64 or more, three of four have left.
  mutating func leave() -> Bool {
    count -= 1
    guard most >= Self.least, count <= most / 4 else { return false }
    most = count
    return true
  }
}
