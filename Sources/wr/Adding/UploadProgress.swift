import Platform

/// A line on the terminal that says how far a long add is; a short one never shows it.
struct UploadProgress {
  private let begun: Instant
  private var shown: Instant?
  private var isVisible = false

  /// How long before the first look, and between looks.
  private static let delay = Duration.milliseconds(500)
  private static let interval = Duration.milliseconds(200)

  init(begun: Instant) { self.begun = begun }

  /// Shows how many lines were sent, unless that was just shown.
  ///
  /// - Parameter isEnd: all are sent; the manager now has to do the rest.
  mutating func show(_ lines: Int, isEnd: Bool, now: Instant) {
    guard now - begun >= Self.delay || isVisible,
      isEnd || shown.map({ now - $0 >= Self.interval }) ?? true
    else { return }
    shown = now
    isVisible = true
    emit("\r\u{1b}[K" + Self.text(lines, isEnd: isEnd, after: now - begun), to: 2)
  }

  /// Takes the line away, for something else to be said (ECMA-48: erase in line).
  mutating func erase() {
    if isVisible { emit("\r\u{1b}[K", to: 2) }
    isVisible = false
  }

  static func text(_ lines: Int, isEnd: Bool, after time: Duration) -> String {
    let rate = Int(Double(lines) / max(time / .seconds(1), 0.001))
    return "\(lines) lines sent, \(rate) a second" + (isEnd ? "; committing" : "")
  }
}
