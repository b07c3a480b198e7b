/// What the command line asks for.
struct Options {
  var isQuick = false
  /// Rounds of each measurement; nil for the usual number.
  var rounds: Int?
  /// Measure only what has one of these names; empty for all.
  var only: [String] = []
  /// Where the results go as JSON; nil for nowhere.
  var file: String?

  static let usage = """
    usage: Benchmarks [--quick] [--rounds N] [--only NAME[,NAME…]] [--json FILE]
    names: \(Measurement.all.map(\.name).joined(separator: ", "))
    """

  /// - Throws: `UsageError` for anything but the usage.
  init(_ arguments: some Sequence<String>) throws(UsageError) {
    var rest = arguments.makeIterator()
    while let argument = rest.next() {
      switch argument {
      case "--quick": isQuick = true
      case "--rounds":
        guard let rounds = rest.next().flatMap({ Int($0) }), rounds > 0 else {
          throw UsageError(words: "--rounds needs a number above 0")
        }
        self.rounds = rounds
      case "--only":
        only = rest.next()?.split(separator: ",").map { String($0) } ?? []
        let known = Measurement.all.map(\.name)
        guard !only.isEmpty, only.allSatisfy({ known.contains($0) }) else {
          throw UsageError(words: "--only needs names of measurements")
        }
      case "--json":
        guard let file = rest.next() else { throw UsageError(words: "--json needs a file") }
        self.file = file
      default: throw UsageError(words: "\(argument) is not known")
      }
    }
  }
}

/// What is wrong with the command line.
struct UsageError: Error, CustomStringConvertible {
  let words: String
  var description: String { "\(words)\n\(Options.usage)" }
}
