import Jobs
import Manager

/// Jobs at a manager, as they are asked for: in one request or, if there are many keys, in some.
struct JobTargets: Sendable {
  let manager: ManagerConnection
  /// What stands in the path of each request; nil for all jobs.
  var batches: [String?]
  var isSearch = false
  /// How many keys there are, if the jobs are meant by keys of command lines.
  var keyCount: Int?

  /// How many keys go into one request: their URL is shorter than 64 kB.
  private static let batchSize = 1000

  /// Jobs that are known by their keys.
  init(manager: ManagerConnection, keys: [String]) {
    self.init(
      manager: manager,
      batches: stride(from: 0, to: keys.count, by: Self.batchSize).map { start in
        keys[start..<min(start + Self.batchSize, keys.count)].joined(separator: ",")
      })
  }

  init(manager: ManagerConnection, batches: [String?], isSearch: Bool = false) {
    self.manager = manager
    self.batches = batches
    self.isSearch = isSearch
  }

  /// - Parameter verb: what is ordered, by POST; the last segment of the path.
  /// - Returns: the bodies of the answers.
  func ask(
    _ method: String, verb: String? = nil, query: [(String, String)] = [], body: [UInt8] = []
  ) throws -> [[UInt8]] {
    try requests(verb: verb, query).map { request in
      try manager.ask(method, request.path, query: request.query, body: body).body
    }
  }

  /// Path and query of each request, below `/rest/v1/`.
  func requests(
    verb: String? = nil, _ query: [(String, String)]
  ) -> [(path: [String], query: [(String, String)])] {
    let query = query + (isSearch ? [("search", "true")] : [])
    return batches.map { batch in
      (["jobs"] + (batch.map { [$0] } ?? []) + (verb.map { [$0] } ?? []), query)
    }
  }

  /// To how many jobs something was done.
  struct Acted {
    var acted = 0
    /// How many were in the state that it is done to, at that moment.
    var eligible = 0
  }

  /// Has something done to the jobs; takes parameters as `ask`.
  func act(
    _ method: String, verb: String? = nil, query: [(String, String)] = []
  ) throws -> Acted {
    var sum = Acted()
    for answer in try ask(method, verb: verb, query: query + [("answer", "counts")]) {
      var reader = JSONReader(answer)
      try reader.beginObject()
      var (acted, eligible) = (0, Int?.none)
      while let name = try reader.nextName() {
        switch name {
        case "Acted": acted = try reader.int()
        case "Eligible": eligible = try reader.int()
        default: try reader.skip()
        }
      }
      sum.acted += acted
      // A manager that was started before an upgrade does not say.
      sum.eligible += eligible ?? acted
    }
    return sum
  }

  /// As `act`, and says which of the command lines belong to no such job.
  /// - Throws: `StartError` if there are none at all.
  func actOnSome(
    _ method: String, verb: String? = nil, query: [(String, String)] = []
  ) throws -> Acted {
    let done = try act(method, verb: verb, query: query)
    warnOfMissing(found: done.eligible)
    guard done.eligible > 0 else { throw StartError("No matching jobs found") }
    return done
  }

  /// Those of the jobs that have these keys.
  func narrowed(to keys: [String]) -> JobTargets {
    var targets = JobTargets(manager: manager, keys: keys)
    targets.keyCount = keyCount
    return targets
  }

  /// The jobs, as a GET with these parameters shows them.
  func jobs(_ query: [(String, String)] = []) throws -> [ShownJob] {
    try ask("GET", query: query).flatMap { try ShownJob.list($0) }
  }

  /// How many of the jobs are in a state.
  func count(in state: String) throws -> Int {
    // All of them by counters, so that a million take no longer than one.
    if batches == [nil] {
      return try manager.groups(.all).reduce(0) { $0 + $1.counts.count(in: state) }
    }
    return try jobs([("state", state), ("limit", "1")])
      // What is asked for by key comes in any state.
      .filter { $0.isIn(state) }.reduce(0) { $0 + 1 + $1.similar }
  }

  /// Says how many of the command lines belong to no job, if that is so.
  func warnOfMissing(found: Int) {
    guard let keyCount, found < keyCount else { return }
    Notice.warning("\(keyCount - found)/\(keyCount) cmds were not found")
  }
}
