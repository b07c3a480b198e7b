/// A figure and the limit measured right after it, once a round.
struct Samples {
  private var figures: [Double] = []
  private var limits: [Double] = []

  mutating func add(_ figure: Double, limit: Double) {
    figures.append(figure)
    limits.append(limit)
  }

  /// The medians; the ratio is the median of the rounds' ratios, as both halves of a round met
  /// the same load.
  func line(_ name: String, unit: String, limit: String) -> Line {
    let ratios = zip(figures, limits).map { $0 / $1 }
    return Line(
      name: name, figure: figures.median, unit: unit, limit: limit, limitFigure: limits.median,
      ratio: ratios.median, ratios: ratios)
  }
}

extension [Double] {
  /// The middle one; 0 if there is none.
  var median: Double { percentile(0.5) }

  /// The smallest that so large a share is not above; 0 if there is none.
  func percentile(_ share: Double) -> Double {
    guard !isEmpty else { return 0 }
    let rank = Int((Double(count) * share).rounded(.up)) - 1
    return sorted()[Swift.min(count - 1, Swift.max(0, rank))]
  }
}
