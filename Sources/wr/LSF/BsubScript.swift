import Jobs

/// What a user of LSF's `bsub` gives on standard input: a command or a script, with options in
/// lines that begin with `#BSUB` (cli.md §10).
struct BsubScript: Hashable {
  /// What runs; empty if there is nothing.
  var command = ""
  /// `-J`
  var name: String?
  /// `-n`
  var slots: Int?
  /// `-M`, in megabytes unless it has a unit.
  var memory: String?
  /// `-W`, as `wr add` takes it.
  var time: String?
  /// `-q`
  var queue: String?

  init() {}

  /// Options of `#BSUB` lines that mean nothing here are passed over, as LSF sites have many.
  init(_ text: String) throws(UsageError) {
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("#BSUB") {
        try take(line.dropFirst(5).split(separator: " ").map(String.init))
      } else if !line.hasPrefix("#!"), !(lines.isEmpty && line.allSatisfy(\.isWhitespace)) {
        lines.append(line)
      }
    }
    while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
    command = lines.joined(separator: "\n")
  }

  private mutating func take(_ words: [String]) throws(UsageError) {
    for (option, value) in zip(words, words.dropFirst()) {
      switch option {
      case "-J": name = Self.unquoted(value)
      case "-n": slots = try Self.number(value)
      case "-M": memory = try Self.memory(value)
      case "-W": time = try Self.time(value)
      case "-q": queue = value
      default: break
      }
    }
  }

  /// Takes the same options of a command line.
  mutating func take(_ arguments: Arguments) throws(UsageError) {
    name = arguments["J"] ?? name
    slots = try arguments["n"].map { text throws(UsageError) in try Self.number(text) } ?? slots
    memory = try arguments["M"].map { text throws(UsageError) in try Self.memory(text) } ?? memory
    time = try arguments["W"].map { text throws(UsageError) in try Self.time(text) } ?? time
    queue = arguments["q"] ?? queue
  }

  private static func unquoted(_ text: String) -> String {
    text.filter { $0 != "\"" && $0 != "'" }
  }

  private static func number(_ text: String) throws(UsageError) -> Int {
    // `-n 4,8`: at least 4.
    guard let number = text.split(separator: ",").first.flatMap({ Int($0) }), number > 0 else {
      throw UsageError("-n takes a number of slots, not \"\(text)\"")
    }
    return number
  }

  private static func memory(_ text: String) throws(UsageError) -> String {
    let memory = text.allSatisfy(\.isNumber) ? text + "M" : text
    do throws(UnitText.Fault) { _ = try UnitText.memory(memory) } catch {
      throw UsageError("-M takes an amount of memory, in MB or with a unit, not \"\(text)\"")
    }
    return memory
  }

  /// `[hours:]minutes`, and a host after a slash, which means nothing here.
  private static func time(_ text: String) throws(UsageError) -> String {
    let parts = text.prefix { $0 != "/" }.split(separator: ":").map { Int($0) }
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0 ?? -1 >= 0 }) else {
      throw UsageError("-W takes [hours:]minutes, not \"\(text)\"")
    }
    let numbers = parts.compactMap { $0 }
    return "\((numbers.count == 2 ? numbers[0] * 60 : 0) + numbers[numbers.count - 1])m"
  }

  /// The job as an object of a POST.
  ///
  /// - Parameter inheritance: an object of properties of the job that adds it, which the job has
  ///   too, unless it says otherwise.
  func body(cwd: String, inheritance: [UInt8] = Array("{}".utf8)) throws(JSONError) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    json.beginObject()
    var hasGroup = false
    var reader = JSONReader(inheritance)
    try reader.beginObject()
    while let property = try reader.nextName() {
      _ = try reader.kind()
      let start = reader.offset
      try reader.skip()
      // Of a name that comes twice the last would be taken, but nobody should rely on that.
      if property == "rep_grp", name != nil { continue }
      json.name(escaping: property)
      json.raw(Array(inheritance[start..<reader.offset]))
      if property == "rep_grp" { hasGroup = true }
    }
    json.member("cmd", command)
    json.member("cwd", cwd)
    json.member("cwd_matters", true)
    if !hasGroup { json.member("rep_grp", name ?? "bsub") }
    json.member("cpus", slots ?? 1)
    if let memory { json.member("memory", memory) }
    if let time { json.member("time", time) }
    if let queue { json.member("queue", queue) }
    json.endObject()
    json.endArray()
    return json.takeBytes()
  }
}
