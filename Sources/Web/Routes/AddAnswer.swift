import HTTP
import Jobs

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

  /// - Parameters:
  ///   - jobs: for each job of the body that is in the queue now, in order.
  ///   - asked: how many jobs the body has.
  func body(_ jobs: [JobStatus], asked: Int) async throws(ErrorResponse) -> Response.Body {
    if self == .jobs { return try await StatusList(jobs).body() }
    let added = Set(jobs.lazy.filter(\.isNew).map(\.job.key)).count
    var json = JSONWriter(capacity: 64 + (self == .keys ? jobs.count * 35 : 0))
    json.beginObject()
    json.member("Added", added)
    json.member("Queued", jobs.count - added)
    json.member("Complete", asked - jobs.count)
    if self == .keys { Self.write(jobs.lazy.map(\.job.key), to: &json) }
    json.endObject()
    json.newline()
    return .bytes(json.takeBytes())
  }

  /// The keys of jobs that make sense, and were not added.
  static func trial(of specs: [JobSpec]) -> Response.Body {
    var json = JSONWriter(capacity: 64 + specs.count * 35)
    json.beginObject()
    json.member("Valid", specs.count)
    write(specs.lazy.map { JobKey(of: $0) }, to: &json)
    json.endObject()
    json.newline()
    return .bytes(json.takeBytes())
  }

  private static func write(_ keys: some Sequence<JobKey>, to json: inout JSONWriter) {
    json.name("Keys")
    json.beginArray()
    for key in keys { json.string(key.description) }
    json.endArray()
  }
}
