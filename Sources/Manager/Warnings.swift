import Jobs

/// A message for the user about something that went wrong once or repeatedly.
public struct Warning: Sendable, Hashable {
  public var message: String
  public var firstAt: Timestamp
  public var lastAt: Timestamp
  /// How often it came since it was last taken.
  public var count: Int
}

/// The messages that wait to be seen; the same one twice is one message that came twice.
struct Warnings {
  /// How many different ones are kept; of more, the first are forgotten.
  static let capacity = 1000

  /// In the order of their first coming.
  private(set) var all: [Warning] = []

  mutating func add(_ message: String, at time: Timestamp) {
    if let index = all.firstIndex(where: { $0.message == message }) {
      all[index].count += 1
      all[index].lastAt = time
    } else {
      if all.count == Self.capacity { all.removeFirst() }
      all.append(Warning(message: message, firstAt: time, lastAt: time, count: 1))
    }
  }

  /// Gives all messages and forgets them.
  mutating func takeAll() -> [Warning] {
    defer { all = [] }
    return all
  }
}
