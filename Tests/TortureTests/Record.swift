import Jobs

/// A job as the manager tells of it.
struct Record: Hashable {
  var repGroup = ""
  var state = ""
  var exitCode = 0
  var failReason = ""
  var attempts = 0
  var pid = 0

  /// Reads an answer with a list of jobs.
  static func list(_ body: [UInt8]) throws(JSONError) -> [Record] {
    var reader = JSONReader(body)
    return try reader.array { reader throws(JSONError) in try Record(&reader) }
  }

  init() {}

  private init(_ reader: inout JSONReader) throws(JSONError) {
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "RepGroup": repGroup = try reader.string()
      case "State": state = try reader.string()
      case "Exitcode": exitCode = try reader.int()
      case "FailReason": failReason = try reader.string()
      case "Attempts": attempts = try reader.int()
      case "Pid": pid = try reader.int()
      default: try reader.skip()
      }
    }
  }

  /// The number of the chore it was made of.
  var number: Int? { repGroup.hasPrefix("j") ? Int(repGroup.dropFirst()) : nil }

  static let lost = "lost contact with runner"
  static let killed = "killed by user request"
  static let exit = "command exited non-zero"

  /// Whether nothing more is to happen to a chore's job.
  func isFinal(of chore: Chore) -> Bool {
    switch chore.kind {
    case .good, .secondTry, .forking: state == "complete"
    case .failing: state == "buried" && failReason == Self.exit
    case .endless: state == "buried" && failReason == Self.killed
    case .doomed: false
    }
  }

  /// Whether the client is to have it tried again.
  func wantsRetry(of chore: Chore) -> Bool {
    guard state == "buried" else { return false }
    if failReason == Self.lost { return !chore.isKilled }
    return chore.kind == .secondTry && failReason == Self.exit
  }
}
