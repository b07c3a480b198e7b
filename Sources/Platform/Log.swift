import Glibc

/// Lines for the administrator: time (UTC), level, message; one write(2) each, so that lines of
/// several processes do not mix.
public struct Log: Sendable {
  /// How much a line matters.
  public enum Level: String, Sendable { case info, warn, error }

  /// Where the lines go; other processes may be given it for theirs.
  public let descriptor: Int32

  /// - Parameter descriptor: open for as long as the process lives; 2 for standard error.
  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Opens (or makes, 0600) a file to append to, for the life of the process.
  public init(appendingTo path: String) throws(SystemError) {
    descriptor = try openFile(path, O_WRONLY | O_CREAT | O_APPEND).release()
  }

  public func info(_ message: String) { write(.info, message) }
  public func warning(_ message: String) { write(.warn, message) }
  public func error(_ message: String) { write(.error, message) }

  private func write(_ level: Level, _ message: String) {
    let stamp = utcText(seconds: Int64(time(nil)))
    // A message of several lines must not look like several messages.
    let line = message.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\n    ")
    let bytes = Array("\(stamp) \(level.rawValue): \(line)\n".utf8)
    // Nobody is left to tell when the log itself cannot be written.
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}

/// A time as `2026-11-24T05:37:30Z` (RFC 3339).
///
/// - Parameter seconds: since the Unix epoch.
public func utcText(seconds: Int64) -> String {
  var time = time_t(seconds)
  var parts = tm()
  gmtime_r(&time, &parts)
  var buffer = [CChar](repeating: 0, count: 40)
  strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
