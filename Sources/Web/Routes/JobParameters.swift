import HTTP
import Manager

/// What a GET or DELETE of jobs says in its address (behaviour.md §11.3).
struct JobParameters: Hashable, Sendable {
  var selection: JobSelection
  /// Whether stdout and stderr are wanted.
  var std: Bool
  /// Whether the environment is wanted.
  var env: Bool
  /// Whether only what tells jobs apart, and their states, is wanted.
  var brief: Bool

  /// Reads the path after `/jobs/` and the query of a GET. Only the literal `true` switches
  /// something on; parameters without a value count as not given.
  /// - Throws: 400 for a `limit` that is no integer and for a `state` that does not exist.
  init(identifiers: String?, _ target: Target) throws(ErrorResponse) {
    selection = JobSelection(identifiers: identifiers.map(Self.split))
    selection.search = target["search"] == "true"
    std = target["std"] == "true"
    env = target["env"] == "true"
    brief = target["brief"] == "true"
    selection.showsOutput = std
    if let text = target["limit"], !text.isEmpty {
      guard Self.isInteger(text) else {
        throw Self.refusal(ofLimit: text, "invalid syntax")
      }
      guard let limit = Int(text) else {
        throw Self.refusal(ofLimit: text, "value out of range")
      }
      selection.limit = max(0, limit)
    }
    if let text = target["state"], !text.isEmpty {
      guard let state = StateFilter(rawValue: text) else {
        let allowed = StateFilter.allCases.map(\.rawValue).joined(separator: "|")
        throw ErrorResponse(400, "unknown state \"\(text)\": it must be one of \(allowed)")
      }
      selection.state = state
    }
  }

  /// Reads the same of a DELETE, which must name one of the three states that can be cancelled.
  /// - Throws: as above, and 400 for any other state (behaviour.md §11.5).
  init(cancelling identifiers: String?, _ target: Target) throws(ErrorResponse) {
    guard let state = target["state"], ["running", "lost", "deletable"].contains(state) else {
      throw ErrorResponse(400, "state must be supplied as one of running|lost|deletable")
    }
    try self.init(identifiers: identifiers, target)
  }

  /// Begins with the words that clients of the original know, and says what is allowed (decision 13).
  private static func refusal(ofLimit text: String, _ why: String) -> ErrorResponse {
    ErrorResponse(
      400,
      "strconv.Atoi: parsing \"\(text)\": \(why); limit must be a whole number, 0 or less for none")
  }

  /// A list of nothing but commas names no job, which is not the same as naming none.
  private static func split(_ identifiers: String) -> [String] {
    identifiers.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
  }

  private static func isInteger(_ text: String) -> Bool {
    let digits =
      text.utf8.first.map { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") } ?? false
      ? text.utf8.dropFirst() : text.utf8[...]
    return !digits.isEmpty
      && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
