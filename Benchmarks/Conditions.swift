import Glibc
import Jobs
import Platform

/// What a run's figures depend on: the machine, the code, and what else was going on.
struct Conditions {
  private let date = Timestamp(nanoseconds: wallClockNanoseconds())
  private let loadBefore = Self.load

  /// How many processes wanted to run, on average of the last minute.
  private static var load: Double {
    var averages = [0.0, 0.0, 0.0]
    return getloadavg(&averages, 3) == 3 ? averages[0] : 0
  }

  func write(to json: inout JSONWriter) {
    var system = utsname()
    uname(&system)
    let release = withUnsafeBytes(of: &system.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    json.beginObject()
    json.member("unix_time", date.seconds)
    // Given by scripts/bench, which has git.
    json.member("commit", getenv("WR_BENCH_COMMIT").map { String(cString: $0) } ?? "")
    json.member("cores", MachineFacts.processorCount)
    json.member("memory_mb", (try? MachineFacts.memoryMegabytes) ?? 0)
    json.member("kernel", release)
    json.member("load_before", loadBefore)
    json.member("load_after", Self.load)
    json.endObject()
  }
}
