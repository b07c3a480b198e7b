import Jobs
import Manager

extension Command {
  static let limit = Command(
    words: ["limit"], summary: "show or set how many jobs of a limit group may run at once",
    options: [
      Option(
        name: "group", short: "g", value: "NAME[:N]",
        help: "show the limit of this group, or set it: 0 blocks it, -1 is no limit"),
      Option.json, ManagerConnection.timeoutOption,
    ]
  ) { arguments in
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    guard let asked = arguments["group"] else {
      let answer = try manager.ask("GET", ["limits"])
      emit(
        arguments.has("json")
          ? answer.body
          : try Array(limits(answer).map { "\($0.name): \($0.limit)\n" }.joined().utf8))
      return 0
    }
    let parts = asked.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard !name.isEmpty, !name.contains(",") else {
      throw UsageError("-g takes a name without commas and colons, not \"\(asked)\"")
    }
    let answer: ManagerConnection.Answer
    if parts.count == 2 {
      guard let limit = Int(parts[1]) else {
        throw UsageError("the limit in \(asked) is not a whole number")
      }
      var json = JSONWriter()
      json.beginObject()
      json.name(escaping: name)
      json.int(limit)
      json.endObject()
      answer = try manager.ask("PUT", ["limits"], body: json.takeBytes())
    } else {
      answer = try manager.ask("GET", ["limits", name])
    }
    emit(
      arguments.has("json")
        ? answer.body : try Array(limits(answer).map { "\($0.limit)\n" }.joined().utf8))
    return 0
  }

  private static func limits(
    _ answer: ManagerConnection.Answer
  ) throws -> [(name: String, limit: Int)] {
    var limits: [(String, Int)] = []
    var reader = JSONReader(answer.body)
    try reader.beginArray()
    while try reader.nextElement() {
      var (name, limit) = ("", -1)
      try reader.beginObject()
      while let member = try reader.nextName() {
        switch member {
        case "Name": name = try reader.string()
        case "Limit": limit = try reader.int()
        default: try reader.skip()
        }
      }
      limits.append((name, limit))
    }
    return limits
  }
}
