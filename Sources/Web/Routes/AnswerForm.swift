import HTTP
import Jobs
import Manager

/// What an answer shows of the jobs that were added or acted upon: with `answer=keys` or
/// `answer=counts` only what became of them, so that a request about a million does not show a
/// million; an addition to the original's API.
enum AnswerForm: String, Hashable, Sendable, CaseIterable {
  /// The jobs; what the original answers.
  case jobs
  /// How many were acted upon; of those added how many are new, were in the queue already or are
  /// complete. And the keys of those that were acted upon or are in the queue, in order.
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

  /// - Parameter acted: the jobs that were acted upon.
  func body(_ acted: ActedJobs) async throws(ErrorResponse) -> Response.Body {
    if self == .jobs { return try await StatusList(acted.jobs).body() }
    var json = JSONWriter()
    json.beginObject()
    json.member("Acted", acted.keys.reduce(0) { $0 + $1.count })
    json.member("Eligible", acted.eligible)
    if self == .keys {
      return KeyList(of: Array(acted.keys.joined()), endingObject: json).body()
    }
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
