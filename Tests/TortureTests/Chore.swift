import Jobs

/// A job of a client of ours, and what is to become of it.
struct Chore: Hashable {
  /// What its command does.
  enum Kind: Hashable {
    /// Succeeds after so many milliseconds.
    case good(Int)
    /// Fails with an exit code, each time.
    case failing(Int)
    /// Fails the first time it gets to its end, succeeds after that.
    case secondTry
    /// Succeeds, and leaves a process of another session behind, which must not live on.
    case forking
    /// Runs until the client has it killed.
    case endless
    /// Waits for an endless one, and is deleted before that ends.
    case doomed(of: Int)
  }

  /// What the client knows of it.
  enum Standing: Hashable {
    /// No answer has come yet.
    case asked
    /// The manager has answered 201.
    case accepted
    /// The manager has answered that it cannot take it, and the client has left it at that.
    case refused
    /// The manager has confirmed that it is deleted.
    case deleted
  }

  var number: Int
  var kind: Kind
  var standing = Standing.asked
  /// The client has been told that it will be killed.
  var isKilled = false
  var priority = 0
  var retries = 0
  var limitGroup: LimitedGroup?
  /// Numbers of chores that must have succeeded before.
  var prerequisites: [Int] = []

  /// A limit group and how many of it may run at once.
  struct LimitedGroup: Hashable {
    var name: String
    var limit: Int
  }

  /// Whether others can wait for its success.
  var succeeds: Bool {
    switch kind {
    case .good, .secondTry, .forking: true
    case .failing, .endless, .doomed: false
    }
  }

  /// Whether it must leave an end in the ledger.
  var ends: Bool {
    switch kind {
    case .good, .secondTry, .forking, .failing: true
    case .endless, .doomed: false
    }
  }

  /// Whether it waits for an endless one and is still to be deleted.
  func isDoomed(by other: Chore) -> Bool {
    kind == .doomed(of: other.number) && (standing == .asked || standing == .accepted)
  }

  var repGroup: String { "j\(number)" }

  /// Notes its start in the ledger, works, notes its end: each by one write to the end of the file.
  var command: String {
    let note = "$WR_ATTEMPT $WR_INCARNATION"
    let start = "echo S \(number) \(note) $$ $PPID >>$LEDGER"
    func end(_ code: Int) -> String { "echo E \(number) \(note) \(code) >>$LEDGER; exit \(code)" }
    switch kind {
    case .good(0): return "\(start); \(end(0))"
    case .good(let milliseconds):
      return "\(start); sleep \(Double(milliseconds) / 1000); \(end(0))"
    case .failing(let code): return "\(start); \(end(code))"
    case .secondTry:
      return "\(start); if mkdir $MARKS/\(number) 2>/dev/null; then \(end(3)); fi; \(end(0))"
    case .forking: return "\(start); setsid sleep 1000 & \(end(0))"
    case .endless, .doomed: return "\(start); sleep 1000"
    }
  }

  func write(to json: inout JSONWriter, cwd: String) {
    json.beginObject()
    json.member("cmd", command)
    json.member("cwd", cwd)
    json.member("rep_grp", repGroup)
    json.member("dep_grps", ["d\(number)"])
    json.member("deps", prerequisites.map { "d\($0)" })
    if let limitGroup { json.member("limit_grps", ["\(limitGroup.name):\(limitGroup.limit)"]) }
    json.member("cpus", 0.125)
    json.member("memory", "10M")
    json.member("time", "1s")
    json.member("override", 2)
    json.member("priority", priority)
    json.member("retries", retries)
    json.name("on_exit")
    json.beginArray()
    json.beginObject()
    json.member("cleanup", true)
    json.endObject()
    json.endArray()
    json.endObject()
  }
}
