/// One figure, and its ratio to a limit.
struct Line {
  var name: String
  var perSecond: Double
  var limit: String
  var limitPerSecond: Double

  var ratio: Double { perSecond / limitPerSecond }

  /// The lines under one another, for a terminal.
  static func table(_ lines: [Line]) -> String {
    let rows =
      [["what", "per second", "limit", "per second", "ratio"]]
      + lines.map { line in
        [
          line.name, whole(line.perSecond), line.limit, whole(line.limitPerSecond),
          hundredths(line.ratio),
        ]
      }
    let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, text in
        text + String(repeating: " ", count: widths[column] - text.count)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func whole(_ number: Double) -> String { "\(Int(number.rounded()))" }

  private static func hundredths(_ number: Double) -> String {
    "\((number * 100).rounded() / 100)"
  }
}
