import Jobs

/// One figure, and its ratio to a limit that was measured in the same run.
struct Line {
  var name: String
  var figure: Double
  var unit: String
  /// What the limit is; empty if there is none.
  var limit = ""
  var limitFigure: Double?
  /// The figure by the limit.
  var ratio: Double?
  /// That of each round.
  var ratios: [Double] = []

  /// The lines under one another, for a terminal.
  static func table(_ lines: [Line]) -> String {
    let rows =
      [["what", "figure", "unit", "limit", "figure", "ratio", "from", "to"]]
      + lines.map(\.cells)
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return isNumber(column) ? space + text : text + space
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func isNumber(_ column: Int) -> Bool { ![0, 2, 3].contains(column) }

  private var cells: [String] {
    [
      name, Self.short(figure), unit, limit, limitFigure.map(Self.short) ?? "",
      ratio.map(Self.short) ?? "", ratios.min().map(Self.short) ?? "",
      ratios.max().map(Self.short) ?? "",
    ]
  }

  /// Three digits that count, and no fraction from 100 on.
  private static func short(_ number: Double) -> String {
    guard number.isFinite else { return "–" }
    let factor: Double = abs(number) >= 100 ? 1 : abs(number) >= 10 ? 10 : 100
    let rounded = (number * factor).rounded() / factor
    return factor == 1 ? "\(Int(rounded))" : "\(rounded)"
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("what", name)
    json.member("figure", figure)
    json.member("unit", unit)
    if let ratio, let limitFigure {
      json.member("limit", limit)
      json.member("limit_figure", limitFigure)
      json.member("ratio", ratio)
      json.name("ratios")
      json.beginArray()
      for ratio in ratios { json.double(ratio) }
      json.endArray()
    }
    json.endObject()
  }
}
