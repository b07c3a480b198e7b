/// What a POST to `/jobs/IDS/VERB` orders to be done to jobs that are there; an addition to the
/// original's API.
struct JobOrder: Hashable, Sendable {
  /// The last segment of the path.
  enum Verb: String, Hashable, Sendable, CaseIterable {
    case retry, kill, suspend, resume
  }

  var verb: Verb
  /// Nil for all jobs.
  var identifiers: String?

  /// Reads the path after `/jobs/`; nil if it does not end with a verb.
  init?(_ path: String?) {
    guard let path else { return nil }
    let slash = path.lastIndex(of: "/")
    let last = slash.map { path[path.index(after: $0)...] } ?? path[...]
    guard let verb = Verb(rawValue: String(last)) else { return nil }
    self.verb = verb
    identifiers = slash.map { String(path[..<$0]) }
  }
}
