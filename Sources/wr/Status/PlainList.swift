import Jobs

/// `id<TAB>state` lines of jobs, made without keeping the jobs: there may be a million.
struct PlainList {
  private(set) var text: [UInt8] = []
  private(set) var count = 0
  private(set) var hasBuried = false

  private enum Member: String, CaseIterable {
    case key = "Key"
    case state = "State"
  }
  private static let members = JSONNames<Member>()

  /// Takes the jobs of an answer.
  ///
  /// - Parameter state: only those in it; nil for all.
  mutating func take(_ answer: [UInt8], state wanted: String?) throws(JSONError) {
    var reader = JSONReader(answer)
    try reader.beginArray()
    while try reader.nextElement() {
      var job = ShownJob.Brief()
      try reader.beginObject()
      while let member = try reader.nextMember(of: Self.members) {
        switch member {
        case .key: job.key = try reader.string()
        case .state: job.state = try reader.string()
        }
      }
      guard wanted.map(job.isIn) ?? true else { continue }
      text += "\(job.key)\t\(job.state)\n".utf8
      count += 1
      if job.state == "buried" { hasBuried = true }
    }
  }
}
