import Jobs

/// A limit group as clients write it: `name`, `name:N`, or a time window, which is a name as a
/// whole (behaviour.md §4.9).
struct LimitGroupText {
  var group: LimitGroup
  /// The limit that `:N` sets; -1 for none, nil if nothing is set.
  var limit: Int?

  init(_ text: String) throws(JobDocumentError) {
    guard !text.contains("~") else {
      throw JobDocumentError(
        message: "limit_grps value (\(text)) is not allowed: a name may not contain ~")
    }
    group = LimitGroup(text)
    if Self.isWindow(text) { return }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let limit = Int(parts[1]) else { return }
    guard limit >= -1 else {
      throw JobDocumentError(
        message: "limit_grps value (\(text)) is not allowed: a limit is -1 (none) or more")
    }
    group = LimitGroup(String(parts[0]))
    self.limit = limit
  }

  /// Whether the text is one of the forms of a time or date window.
  static func isWindow(_ text: String) -> Bool {
    let parts = text.split(separator: "<", omittingEmptySubsequences: false).map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    for (word, shape) in [("time", "00:00:00"), ("datetime", "0000-00-00 00:00:00")] {
      guard let place = parts.firstIndex(of: word) else { continue }
      let bounds = parts.indices.filter { $0 != place }
      let isPlaced = parts.count == 2 || (parts.count == 3 && place == 1)
      if isPlaced, bounds.allSatisfy({ matches(parts[$0], shape) }) { return true }
    }
    return false
  }

  private static func matches(_ text: String, _ shape: String) -> Bool {
    text.utf8.count == shape.utf8.count
      && zip(text.utf8, shape.utf8).allSatisfy { byte, wanted in
        wanted == UInt8(ascii: "0")
          ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == wanted
      }
  }
}
