import Jobs
import Manager

extension Command {
  static let why = Command(
    words: ["why"], summary: "tell why jobs wait",
    options: JobSelectors.options + [Option.json, ManagerConnection.timeoutOption],
    operands: "[ID…]"
  ) { arguments in
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let targets =
      arguments.positional.isEmpty
      ? try JobSelectors(arguments, isRequired: true).targets(manager)
      : JobTargets(manager: manager, keys: try arguments.keys())
    let jobs = try targets.jobs()
    guard !jobs.isEmpty else { throw StartError("No matching jobs found") }
    emit(arguments.has("json") ? Why.json(jobs) : jobs.map(Why.text).joined())
    return 0
  }
}

extension Arguments {
  /// The operands, which must be ids of jobs.
  func keys() throws(UsageError) -> [String] {
    for word in positional where JobKey(word) == nil {
      throw UsageError("an id has 32 lower-case hexadecimal digits, unlike \"\(word)\"")
    }
    return positional
  }
}

/// Why a job is where it is, for people and for programs.
enum Why {
  static func text(_ job: ShownJob) -> String {
    "\(job.key) is \(job.state): \(reasons(job).joined(separator: "; "))\n"
  }

  static func json(_ jobs: [ShownJob]) -> String {
    var json = JSONWriter()
    json.beginArray()
    for job in jobs {
      json.beginObject()
      json.member("Key", job.key)
      json.member("State", job.state)
      json.member("Why", reasons(job))
      json.endObject()
    }
    json.endArray()
    json.newline()
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }

  private static func reasons(_ job: ShownJob) -> [String] {
    if !job.waiting.isEmpty { return job.waiting }
    return switch job.state {
    case "reserved": ["a runner is about to start it"]
    case "running": ["it runs on \(job.host)"]
    case "lost": ["nothing was heard of it from \(job.host); see wr kill --confirmdead"]
    case "buried": ["\(job.failReason); wr retry tries it again"]
    case "complete": ["it has ended well; wr add --rerun runs it again"]
    default: ["nothing is known"]
    }
  }
}
