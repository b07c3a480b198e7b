import Glibc
import Platform

/// What the kernel counts of one process, without its children: proc(5).
struct ProcessFigures {
  /// User and system time, in seconds.
  var processorTime: Double
  var residentBytes: Int

  init(of pid: pid_t) throws(SystemError) {
    // Finer than the ticks of /proc/PID/stat.
    var clock = clockid_t()
    var time = timespec()
    let error = clock_getcpuclockid(pid, &clock)
    guard error == 0, clock_gettime(clock, &time) == 0 else {
      throw SystemError(code: error == 0 ? errno : error, operation: "read the clock of \(pid)")
    }
    processorTime = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    let pages = String(decoding: try readFile("/proc/\(pid)/statm"), as: UTF8.self)
      .split(separator: " ").dropFirst().first.flatMap { Int($0) }
    residentBytes = (pages ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// The processes whose command line holds a text.
  static func pids(saying text: String) throws(SystemError) -> [pid_t] {
    try names(inDirectory: "/proc").compactMap { pid_t($0) }.filter { pid in
      guard let line = try? readFile("/proc/\(pid)/cmdline") else { return false }
      return String(decoding: line.map { $0 == 0 ? 32 : $0 }, as: UTF8.self).contains(text)
    }
  }
}
