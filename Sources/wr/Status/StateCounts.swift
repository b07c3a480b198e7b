import Jobs

/// How many jobs are in each state, as people and scripts are shown it (cli.md §3).
struct StateCounts: Hashable {
  /// The names shown, in their order, and the states that each stands for.
  private static let shown: [(name: String, short: String, states: Set<String>)] = [
    ("complete", "complete", ["complete"]), ("running", "running", ["running", "reserved"]),
    ("ready", "ready", ["ready"]), ("dependent", "dependent", ["dependent"]),
    ("lost contact", "lost", ["lost"]), ("delayed", "delayed", ["delayed"]),
    ("buried", "buried", ["buried"]),
  ]

  private var counts: [String: Int] = [:]

  mutating func add(_ state: String, _ count: Int = 1) { counts[state, default: 0] += count }

  mutating func add(_ other: StateCounts) { counts.merge(other.counts, uniquingKeysWith: +) }

  subscript(state: String) -> Int { counts[state] ?? 0 }

  /// How many are in a state as a GET means it.
  func count(in state: String) -> Int {
    counts.reduce(0) { $0 + (ShownJob.isIn(state, state: $1.key) ? $1.value : 0) }
  }

  var total: Int { counts.values.reduce(0, +) }

  private func count(_ states: Set<String>) -> Int { states.reduce(0) { $0 + self[$1] } }

  /// One line a state, which scripts read.
  var lines: String {
    Self.shown.map { "\($0.name): \(count($0.states))\n" }.joined()
  }

  /// All in one line; those that are suspended only if there are some.
  var line: String {
    let suspended = self["suspended"]
    return Self.shown.map { "\($0.short)=\(count($0.states))" }.joined(separator: " ")
      + (suspended > 0 ? " suspended=\(suspended)" : "")
  }

  /// All in an object, and a newline.
  var json: String {
    var json = JSONWriter()
    json.beginObject()
    for shown in Self.shown {
      json.name(escaping: shown.short)
      json.int(count(shown.states))
    }
    json.member("suspended", self["suspended"])
    json.endObject()
    json.newline()
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }
}
