/// A limit group whose name is a span of time: its jobs start only within it (behaviour.md §4.9).
///
///     time<06:00:00    22:00:00<time    22:00:00<time<06:00:00
///     datetime<2026-12-24 18:00:00      2026-12-01 00:00:00<datetime<2026-12-24 18:00:00
///
/// Times are of the local time zone; comparisons are strict. A daily window whose end is before its
/// beginning goes over midnight.
public struct TimeWindow: Hashable, Sendable {
  private enum Kind: Hashable, Sendable {
    /// By seconds since midnight.
    case daily
    /// By local seconds since 1970-01-01 00:00:00.
    case once
  }

  private let kind: Kind
  private let after: Int64?
  private let before: Int64?

  private static let day: Int64 = 86_400
  private static let second: Int64 = 1_000_000_000

  /// Whether a text means a window, right or wrong: names of other groups hold no `<`.
  public static func isMeant(by text: String) -> Bool { text.utf8.contains(UInt8(ascii: "<")) }

  /// - Returns: nil if the text is not one of the forms above.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "<"), omittingEmptySubsequences: false)
      .map { Self.trimmed($0) }
    guard parts.count == 2 || parts.count == 3,
      let middle = parts.firstIndex(where: { $0 == "time" || $0 == "datetime" }),
      parts.count == 2 || middle == 1
    else { return nil }
    let kind: Kind = parts[middle] == "time" ? .daily : .once
    func bound(_ index: Int) -> Int64? {
      kind == .daily ? Self.timeOfDay(parts[index]) : Self.localSeconds(parts[index])
    }
    self.kind = kind
    after = middle == 1 ? bound(0) : nil
    before = middle + 1 < parts.count ? bound(middle + 1) : nil
    if middle == 1, after == nil { return nil }
    if middle + 1 < parts.count, before == nil { return nil }
  }

  /// Whether a job may start at a time.
  ///
  /// - Parameter offset: seconds by which local time is ahead of UTC at a time.
  public func isOpen(at time: Timestamp, offset: (Timestamp) -> Int) -> Bool {
    let local = self.local(time, offset)
    let isAfter = after.map { local > $0 * Self.second } ?? true
    let isBefore = before.map { local < $0 * Self.second } ?? true
    if kind == .daily, let after, let before, before <= after { return isAfter || isBefore }
    return isAfter && isBefore
  }

  /// When the window next opens or closes; nil if it never will.
  public func nextChange(after time: Timestamp, offset: (Timestamp) -> Int) -> Timestamp? {
    let local = self.local(time, offset)
    // It opens just after its beginning, and closes at its end.
    let edges = [after.map { $0 * Self.second + 1 }, before.map { $0 * Self.second }]
      .compactMap { $0 }
    let waits = edges.compactMap { edge -> Int64? in
      if edge > local { return edge - local }
      return kind == .daily ? edge + Self.day * Self.second - local : nil
    }
    guard let wait = waits.min() else { return nil }
    let guess = Timestamp(nanoseconds: time.nanoseconds + wait)
    // The clocks may be put forward or back until then.
    let shift = Int64(offset(time) - offset(guess)) * Self.second
    let change = Timestamp(nanoseconds: guess.nanoseconds + shift)
    return change > time ? change : guess
  }

  private func local(_ time: Timestamp, _ offset: (Timestamp) -> Int) -> Int64 {
    let local = time.nanoseconds + Int64(offset(time)) * Self.second
    guard kind == .daily else { return local }
    let day = Self.day * Self.second
    return ((local % day) + day) % day
  }

  // MARK: Text

  private static func trimmed(_ text: Substring.UTF8View) -> String {
    let space = UInt8(ascii: " ")
    let tail = text.drop { $0 == space }.reversed().drop { $0 == space }
    return String(decoding: tail.reversed(), as: UTF8.self)
  }

  /// The numbers of a text of exactly this shape, `0` standing for a digit.
  private static func numbers(_ text: String, shape: String) -> [Int64]? {
    guard text.utf8.count == shape.utf8.count else { return nil }
    var numbers: [Int64] = []
    var wasDigit = false
    for (byte, expected) in zip(text.utf8, shape.utf8) {
      guard expected == UInt8(ascii: "0") else {
        guard byte == expected else { return nil }
        wasDigit = false
        continue
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      let digit = Int64(byte - UInt8(ascii: "0"))
      if wasDigit {
        numbers[numbers.count - 1] = numbers.last! * 10 + digit
      } else {
        numbers.append(digit)
      }
      wasDigit = true
    }
    return numbers
  }

  private static func timeOfDay(_ text: String) -> Int64? {
    guard let parts = numbers(text, shape: "00:00:00"), parts[0] < 24, parts[1] < 60, parts[2] < 60
    else { return nil }
    return parts[0] * 3600 + parts[1] * 60 + parts[2]
  }

  private static func localSeconds(_ text: String) -> Int64? {
    guard text.utf8.count == 19, let date = numbers(String(text.prefix(11)), shape: "0000-00-00 "),
      let time = timeOfDay(String(text.suffix(8))), (1...12).contains(date[1])
    else { return nil }
    let days = Self.days(year: date[0], month: date[1], day: date[2])
    let next = date[1] == 12 ? (date[0] + 1, 1) : (date[0], date[1] + 1)
    guard date[2] >= 1, days < Self.days(year: next.0, month: next.1, day: 1) else { return nil }
    return days * day + time
  }

  /// Days from 1970-01-01 to a date of the Gregorian calendar.
  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
