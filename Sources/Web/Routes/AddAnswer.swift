import HTTP
import Jobs
import Manager

/// What the answer to a POST of jobs shows: with `answer=keys` or `answer=counts` only what became
/// of them, so that adding a million does not show a million; an addition to the original's API.
enum AddAnswer: String, Hashable, Sendable, CaseIterable {
  /// The jobs, as they now are in the queue; what the original answers.
  case jobs
  /// How many were added, were in the queue already or are complete; and the keys of those that
  /// are in the queue, in the order of the body.
  case keys
  /// The same without the keys.
  case counts

  /// - Throws: 400 if the parameter has another value.
  init(_ target: Target) throws(ErrorResponse) {
    let text = target["answer"] ?? ""
    guard let form = text.isEmpty ? .jobs : Self(rawValue: text) else {
      let allowed = Self.allCases.map(\.rawValue).joined(separator: "|")
      throw ErrorResponse(400, "unknown answer \"\(text)\": it must be one of \(allowed)")
    }
    self = form
  }

  /// - Parameter asked: how many jobs the body of the request has.
  func body(_ added: AddedJobs, asked: Int) async throws(ErrorResponse) -> Response.Body {
    if self == .jobs { return try await StatusList([added.jobs]).body() }
    let count = added.keys.count
    var json = JSONWriter()
    json.beginObject()
    json.member("Added", added.newCount)
    json.member("Queued", count - added.newCount)
    json.member("Complete", asked - count)
    if self == .keys { return KeyList(of: added.keys, endingObject: json).body() }
    json.endObject()
    json.newline()
    return .bytes(json.takeBytes())
  }

  /// The keys of jobs that make sense, and were not added.
  static func trial(of keys: [JobKey]) -> Response.Body {
    var json = JSONWriter()
    json.beginObject()
    json.member("Valid", keys.count)
    return KeyList(of: keys, endingObject: json).body()
  }
}
