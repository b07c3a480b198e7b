/// What the commands themselves have written of their runs, in the order in which they did.
///
///     S NUMBER ATTEMPT INCARNATION PID PARENT
///     E NUMBER ATTEMPT INCARNATION EXITCODE
struct Ledger {
  /// One run of a command.
  struct Run: Hashable {
    var number: Int
    var attempt: UInt64
    var incarnation: String
    var pid: Int
    /// The runner host that started it, unless that had ended already.
    var parent: Int
    /// Which line says that it has started.
    var start: Int
    /// Which line says that it has got to its end, and with what exit code.
    var end: (line: Int, code: Int)?

    static func == (a: Self, b: Self) -> Bool { a.attempt == b.attempt && a.start == b.start }
    func hash(into hasher: inout Hasher) { hasher.combine(start) }
  }

  private(set) var runs: [Run] = []
  /// What makes no sense whatever the jobs are.
  private(set) var complaints: [String] = []
  private(set) var ended: Set<Int> = []
  private(set) var started: Set<Int> = []
  private var indices: [UInt64: Int] = [:]
  private var lines = 0
  private var rest: [UInt8] = []

  /// Takes in what was appended to the file.
  mutating func append(_ bytes: some Sequence<UInt8>) {
    rest += bytes
    let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast() { take(String(decoding: line, as: UTF8.self)) }
    rest = lines.last.map { Array($0) } ?? []
  }

  private mutating func take(_ line: String) {
    lines += 1
    let words = line.split(separator: " ")
    guard words.count >= 5, let number = Int(words[1]), let attempt = UInt64(words[2]),
      let value = Int(words[4])
    else {
      complaints.append("line \(lines) of the ledger is \"\(line)\"")
      return
    }
    if words[0] == "S", words.count == 6, let parent = Int(words[5]) {
      if indices[attempt] != nil {
        complaints.append("attempt \(attempt) of job \(number) has started twice")
      }
      indices[attempt] = runs.count
      started.insert(number)
      runs.append(
        Run(
          number: number, attempt: attempt, incarnation: String(words[3]), pid: value,
          parent: parent, start: lines))
      return
    }
    guard words[0] == "E", let index = indices[attempt], runs[index].number == number,
      runs[index].end == nil
    else {
      complaints.append("attempt \(attempt) of job \(number) ends without a start, or twice")
      return
    }
    runs[index].end = (lines, value)
    ended.insert(number)
  }
}
