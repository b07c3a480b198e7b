import Jobs
import Manager

extension Command {
  static let retry = Command(
    words: ["retry"], summary: "try buried commands again, with all their retries",
    options: JobSelectors.options + [ManagerConnection.timeoutOption]
  ) { arguments in
    let selectors = try JobSelectors(arguments)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let eligible = try count(
      manager.ask(
        "GET", selectors.path, query: selectors.query + [("state", "buried"), ("limit", "1")]),
      state: "buried")
    guard eligible > 0 else { return Main.fail("no matching buried commands were found") }
    let retried = try count(
      manager.ask("POST", selectors.path + ["retry"], query: selectors.query))
    print("Initiated retry of \(retried) buried commands (out of \(eligible) eligible)")
    return 0
  }

  /// How many jobs a list of job objects stands for, those that `limit` hides included.
  ///
  /// - Parameter state: only those in it: what was asked for by key comes in any state.
  private static func count(
    _ answer: ManagerConnection.Answer, state wanted: String? = nil
  ) throws -> Int {
    var count = 0
    var reader = JSONReader(answer.body)
    try reader.beginArray()
    while try reader.nextElement() {
      var (similar, state) = (0, "")
      try reader.beginObject()
      while let name = try reader.nextName() {
        switch name {
        case "Similar": similar = try reader.int()
        case "State": state = try reader.string()
        default: try reader.skip()
        }
      }
      if wanted == nil || wanted == state { count += 1 + similar }
    }
    return count
  }
}
