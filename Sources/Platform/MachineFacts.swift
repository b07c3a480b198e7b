import CLinux
import Glibc

/// What this machine is and has.
public enum MachineFacts {
  /// Processors that this process may use.
  public static var processorCount: Int { Int(clinux_processor_count()) }

  /// All memory, in units of 2^20 bytes.
  public static var memoryMegabytes: Int {
    get throws(SystemError) {
      let text = String(decoding: try readFile("/proc/meminfo"), as: UTF8.self)
      for line in text.split(separator: "\n") where line.hasPrefix("MemTotal:") {
        let number = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        if let kilobytes = number { return kilobytes / 1024 }
      }
      throw SystemError(code: EINVAL, operation: "find MemTotal in /proc/meminfo")
    }
  }

  public static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return text(buffer)
  }

  /// The first IPv4 address that is not loopback; 127.0.0.1 if there is none.
  public static var address: String {
    var buffer = [CChar](repeating: 0, count: 64)
    clinux_own_address(&buffer, Int32(buffer.count))
    return text(buffer)
  }

  /// Seconds by which local time is ahead of UTC at a time, by the machine's time zone.
  ///
  /// - Parameter seconds: since the Unix epoch.
  public static func localOffset(at seconds: Int64) -> Int {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    return parts.tm_gmtoff
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
