import Jobs

/// Of jobs that come one after the other, at most `limit` of each class of state, exit code and
/// problem; the last shown of a class tells how many are not. As the manager does it for one
/// request (behaviour.md §11.3 item 5).
struct JobGrouping: Sendable {
  private struct Class: Hashable {
    var state: String
    var exitCode: Int
    var reason: String
  }

  private let limit: Int
  private(set) var shown: [ShownJob] = []
  private var members: [Class: (count: Int, last: Int)] = [:]

  init(limit: Int) { self.limit = limit }

  mutating func add(_ job: ShownJob) {
    let kind = Class(
      state: job.state == "running" ? "reserved" : job.state, exitCode: job.exitCode,
      reason: job.failReason)
    let member = members[kind, default: (0, 0)]
    if member.count < limit {
      members[kind] = (member.count + 1, shown.count)
      shown.append(job)
    } else {
      shown[member.last].similar += 1 + job.similar
    }
  }
}
