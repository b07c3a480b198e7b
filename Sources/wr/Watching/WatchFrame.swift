import Jobs

/// What `wr watch` shows at one moment: a bar for each rep group, with counts, rate and time left.
struct WatchFrame {
  private struct Sight: Hashable {
    /// Seconds.
    var at: Double
    var done: Int
  }

  /// How each group fared lately; rates are reckoned over this.
  private var sights: [String: [Sight]] = [:]
  private(set) var progress = Progress(groups: [])

  /// Over how many seconds a rate is reckoned.
  private static let span = 60.0
  private static let barWidth = 20

  /// Takes in what was seen.
  ///
  /// - Parameter now: seconds of a clock that only goes forward.
  mutating func see(_ progress: Progress, now: Double) {
    self.progress = progress
    for group in progress.groups {
      var seen = sights[group.name, default: []]
      seen.append(Sight(at: now, done: group.done))
      // The oldest kept lies just before the span, so that there is always one to compare with.
      while seen.count > 2, seen[1].at <= now - Self.span { seen.removeFirst() }
      sights[group.name] = seen
    }
  }

  /// Jobs a second; nil while there is nothing to reckon with.
  func rate(of group: String) -> Double? {
    guard let seen = sights[group], let first = seen.first, let last = seen.last,
      last.at > first.at
    else { return nil }
    return Double(last.done - first.done) / (last.at - first.at)
  }

  /// The lines, none longer than the width.
  ///
  /// - Parameters:
  ///   - height: how many lines there may be; groups that find no place are counted.
  ///   - colours: whether states are coloured (ECMA-48 SGR).
  func lines(width: Int, height: Int = .max, colours: Bool = false) -> [String] {
    let unfinished = progress.groups.filter { $0.done < $0.total }
    let finished = progress.groups.filter { $0.done == $0.total }
    let ordered = unfinished + finished
    let room = max(1, height - 1)
    let shown = ordered.count <= height ? ordered[...] : ordered.prefix(room)
    let nameWidth = min(24, shown.map(\.name.count).max() ?? 0)
    var lines = shown.map { line($0, nameWidth, width, colours) }
    if ordered.count > shown.count {
      lines.append("and \(ordered.count - shown.count) more groups")
    }
    return lines
  }

  private func line(
    _ group: Progress.Group, _ nameWidth: Int, _ width: Int, _ colours: Bool
  ) -> String {
    let name = StatusTable.fit(group.name, nameWidth, isNumber: false)
    let filled = group.total == 0 ? 0 : group.done * Self.barWidth / group.total
    let failed = group.counts["buried"]
    let bar =
      String(repeating: "#", count: filled)
      + String(repeating: ".", count: Self.barWidth - filled)
    let colour = failed > 0 ? "31" : filled == Self.barWidth ? "32" : "36"
    let painted = colours ? "\u{1b}[\(colour)m\(bar)\u{1b}[0m" : bar
    var rest = " \(group.done)/\(group.total)"
    let running = group.counts["running"] + group.counts["reserved"]
    if running > 0 { rest += " running \(running)" }
    if failed > 0 { rest += " buried \(failed)" }
    if group.done < group.total, let rate = rate(of: group.name), rate > 0 {
      let left = Double(group.total - group.done) / rate
      rest +=
        " \(DecimalText.shortest((rate * 10).rounded() / 10))/s, "
        + "\(LocalTime.duration(left.rounded())) left"
    }
    let used = nameWidth + 3 + Self.barWidth
    return "\(name) [\(painted)]\(rest.prefix(max(0, width - used)))"
  }
}
