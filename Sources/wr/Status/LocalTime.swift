import Glibc
import Jobs

/// Times as `wr status` shows them.
enum LocalTime {
  /// `YY/M/D-HH:MM:SS` in this machine's time zone, month and day not padded (cli.md §0).
  static func text(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(parts.tm_year % 100))/\(parts.tm_mon + 1)/\(parts.tm_mday)"
      + "-\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }

  /// A number of seconds as `1h2m3.5s`, to the millisecond.
  static func duration(_ seconds: Double) -> String {
    UnitText.text(of: .milliseconds(Int64((seconds * 1000).rounded())))
  }
}
