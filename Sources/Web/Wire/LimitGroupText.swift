import Jobs

/// A limit group as clients write it: `name`, `name:N`, or a window of time such as
/// `22:00:00<time`, which has no limit to set (behaviour.md §4.9).
struct LimitGroupText {
  var group: LimitGroup
  /// How many jobs of the group may run at once from now on; -1 for any number; nil to leave it.
  var limit: Int?

  /// Splits at the first colon. What follows it and is no integer makes all of it the name.
  init(_ text: String) throws(JobDocumentError) {
    guard !TimeWindow.isMeant(by: text) else {
      guard TimeWindow(text) != nil else {
        throw JobDocumentError(
          message: "limit_grps value (\(text)) is not a window of time like 22:00:00<time<06:00:00"
            + " or datetime<2026-12-24 18:00:00")
      }
      group = LimitGroup(text)
      return
    }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, let limit = Int(parts[1]) {
      group = LimitGroup(String(parts[0]))
      self.limit = limit
    } else {
      group = LimitGroup(text)
    }
    guard !group.text.isEmpty else {
      throw JobDocumentError(
        message: "limit_grps value (\(text)) has no name")
    }
    guard !text.contains("~") else {
      throw JobDocumentError(
        message: "limit_grps value (\(text)) contains ~, which no name can")
    }
    guard limit ?? 0 >= -1 else {
      throw JobDocumentError(
        message:
          "limit_grps value (\(text)) has a limit that is neither -1, for none, nor above")
    }
  }
}
