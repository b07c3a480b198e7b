import Glibc
import Jobs

/// How the page words values for people.
enum ValueText {
  /// `0.4 s`, `12 s`, `3 min 5 s`, `2 h 7 min`, `4 d 1 h`.
  static func duration(_ duration: Duration) -> String {
    let seconds = Int(duration.components.seconds)
    switch seconds {
    case ..<1:
      return decimal(tenths: Int((duration.inSeconds * 10).rounded(.down))) + " s"
    case ..<60: return "\(seconds) s"
    case ..<3600: return pair(seconds / 60, "min", seconds % 60, "s")
    case ..<86_400: return pair(seconds / 3600, "h", seconds % 3600 / 60, "min")
    default: return pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
    }
  }

  /// `512 MB`, `1.5 GB`, `2 TB`; powers of 1024, as they are asked for.
  static func size(_ size: Megabytes) -> String {
    var tenths = size.count * 10
    for unit in ["MB", "GB"] {
      if tenths < 10_240 { return decimal(tenths: tenths) + " " + unit }
      tenths /= 1024
    }
    return decimal(tenths: tenths) + " TB"
  }

  /// `2026-01-31 13:05:59 UTC`.
  static func time(_ time: Timestamp) -> String {
    var seconds = time_t(time.seconds)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(Int.init)
    return date.map(twoDigits).joined(separator: "-") + " "
      + clock.map(twoDigits).joined(separator: ":") + " UTC"
  }

  /// The beginning of a text that may be very long.
  static func beginning(_ text: String, limit: Int) -> String {
    let kept = text.prefix(limit)
    return kept.endIndex == text.endIndex ? text : kept + "…"
  }

  private static func pair(_ major: Int, _ majorUnit: String, _ minor: Int, _ minorUnit: String)
    -> String
  {
    minor == 0 ? "\(major) \(majorUnit)" : "\(major) \(majorUnit) \(minor) \(minorUnit)"
  }

  private static func decimal(tenths value: Int) -> String {
    value % 10 == 0 ? String(value / 10) : "\(value / 10).\(abs(value % 10))"
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
  }
}
