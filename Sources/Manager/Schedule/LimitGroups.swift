import Jobs

/// How many jobs of each limit group may run at once, and how many do (behaviour.md §4.9).
///
/// A group without a limit lets any number run. A group whose name is a window of time lets jobs
/// start only within it, and leaves alone those that run.
struct LimitGroups {
  /// What keeps a job from starting.
  enum Hindrance: Hashable {
    /// As many run as may.
    case full(LimitGroup, limit: Int)
    /// Outside the group's window, which opens or closes next at that time.
    case closed(LimitGroup, until: Timestamp?)

    var group: LimitGroup {
      switch self {
      case .full(let group, _), .closed(let group, _): group
      }
    }
  }

  /// Limits of groups that have one.
  private(set) var limits: [LimitGroup: Int] = [:]
  /// How many attempts hold each group.
  private(set) var held: [LimitGroup: Int] = [:]
  /// Seconds by which local time is ahead of UTC at a time.
  let localOffset: @Sendable (Timestamp) -> Int

  init(localOffset: @escaping @Sendable (Timestamp) -> Int) { self.localOffset = localOffset }

  /// Sets the limit of a group; -1 for none.
  mutating func set(_ limit: Int, of group: LimitGroup) {
    limits[group] = limit < 0 ? nil : limit
  }

  /// The first of the groups that would not let one more job start; nil if all would.
  func hindrance(of groups: [LimitGroup], at time: Timestamp) -> Hindrance? {
    for group in groups {
      if let limit = limits[group], held[group, default: 0] >= limit {
        return .full(group, limit: limit)
      }
      if let window = Self.window(group), !window.isOpen(at: time, offset: localOffset) {
        return .closed(group, until: window.nextChange(after: time, offset: localOffset))
      }
    }
    return nil
  }

  /// One more attempt holds the groups: all of them, in one step.
  mutating func take(_ groups: [LimitGroup]) {
    for group in groups { held[group, default: 0] += 1 }
  }

  /// The opposite of `take`, with the very same groups.
  mutating func giveBack(_ groups: [LimitGroup]) {
    for group in groups {
      guard let count = held[group], count > 0 else {
        preconditionFailure("limit group \(group) was not held")
      }
      held[group] = count > 1 ? count - 1 : nil
    }
  }

  private static func window(_ group: LimitGroup) -> TimeWindow? {
    TimeWindow.isMeant(by: group.text) ? TimeWindow(group.text) : nil
  }
}
