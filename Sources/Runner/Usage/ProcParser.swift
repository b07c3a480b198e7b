/// One process as `/proc/PID/stat` shows it (proc(5)).
struct ProcessStat: Hashable, Sendable {
  var pid: Int32
  var parent: Int32
  var session: Int32
  /// The state's letter; `Z` and `X` are dead.
  var state: UInt8
  /// Clock ticks of its own and of children it waited for, user and system.
  var cpuTicks: UInt64
  /// Clock ticks after boot at which it started: with the pid it names the process for ever.
  var startTicks: UInt64
  /// Resident pages, shared ones included: never less than what the process really uses.
  var residentPages: Int

  /// It has ended, and only waits to be reaped.
  var isDead: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }
  var identity: ProcessIdentity { ProcessIdentity(pid: pid, startTicks: startTicks) }
}

/// A process for ever: pids are reused, but never with the same start.
struct ProcessIdentity: Hashable, Sendable {
  var pid: Int32
  /// Field 22 of `/proc/PID/stat`.
  var startTicks: UInt64
}

/// Reads the texts of `/proc`, without side effects.
enum ProcParser {
  /// Reads `/proc/PID/stat`. The command's name may hold anything, parentheses and newlines too,
  /// so the fields are counted from the last closing parenthesis.
  /// - Returns: nil if `bytes` is not such a line.
  static func stat(_ bytes: UnsafeRawBufferPointer) -> ProcessStat? {
    // Plain loops over indices: this runs for every process of the machine, again and again.
    var open = 0
    while open < bytes.count, bytes[open] != UInt8(ascii: "(") { open += 1 }
    var close = bytes.count - 1
    while close > open, bytes[close] != UInt8(ascii: ")") { close -= 1 }
    guard open < close, let pid = number(bytes, 0, open), pid > 0, pid <= Int(Int32.max) else {
      return nil
    }
    // The fields after the name: state is 3 in proc(5), so index 0 here.
    var stat = ProcessStat(
      pid: Int32(pid), parent: 0, session: 0, state: 0, cpuTicks: 0, startTicks: 0,
      residentPages: 0)
    var (field, at) = (0, close + 1)
    while field < 22 {
      while at < bytes.count, isBlank(bytes[at]) { at += 1 }
      let start = at
      while at < bytes.count, !isBlank(bytes[at]) { at += 1 }
      guard at > start else { return nil }
      if field == 0 {
        guard at == start + 1 else { return nil }
        stat.state = bytes[start]
      } else if isNumber(field) {
        guard let value = number(bytes, start, at) else { return nil }
        switch field {
        case 1: stat.parent = Int32(truncatingIfNeeded: value)
        case 3: stat.session = Int32(truncatingIfNeeded: value)
        case 19:
          guard value >= 0 else { return nil }
          stat.startTicks = UInt64(value)
        case 21: stat.residentPages = max(0, value)
        default: stat.cpuTicks &+= UInt64(max(0, value))
        }
      }
      field += 1
    }
    return stat
  }

  /// Reads the proportional set size, in kB, from `/proc/PID/smaps_rollup`.
  /// - Returns: nil if there is no `Pss:` line, as for a process that has just ended.
  static func proportionalKilobytes(_ bytes: UnsafeRawBufferPointer) -> Int? {
    value(of: "Pss:", in: bytes)
  }

  /// Finds an entry in `/proc/PID/environ`.
  /// - Returns: what stands after `name=`; the first if there are several, as the process sees it.
  static func environmentValue(_ name: String, in bytes: UnsafeRawBufferPointer) -> String? {
    let prefix = Array("\(name)=".utf8)
    for entry in bytes.split(separator: 0) where entry.starts(with: prefix) {
      return String(decoding: entry.dropFirst(prefix.count), as: UTF8.self)
    }
    return nil
  }

  /// Reads the soft limit of real-time scheduling, in microseconds, from `/proc/PID/limits`.
  /// - Returns: nil if there is none.
  static func realTimeLimit(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    value(of: "Max realtime timeout", in: bytes).map { UInt64(max(0, $0)) }
  }

  /// Reads the pid given last in this pid namespace from `/proc/loadavg`.
  static func lastPid(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    bytes.split(whereSeparator: { isBlank($0) }).last.flatMap { number($0) }
      .flatMap { Int32(exactly: $0) }
  }

  /// The number on the line that begins with `label`.
  private static func value(of label: String, in bytes: UnsafeRawBufferPointer) -> Int? {
    let label = Array(label.utf8)
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: label) {
      return line.dropFirst(label.count).split(whereSeparator: { isBlank($0) }).first
        .flatMap { number($0) }
    }
    return nil
  }

  private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    number(bytes.base, bytes.startIndex, bytes.endIndex)
  }

  /// A decimal number, with a sign at most, surrounded by blanks at most.
  private static func number(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
    var (at, end) = (start, end)
    while at < end, isBlank(bytes[at]) { at += 1 }
    while end > at, isBlank(bytes[end - 1]) { end -= 1 }
    let isNegative = at < end && bytes[at] == UInt8(ascii: "-")
    if isNegative { at += 1 }
    guard at < end else { return nil }
    var value = 0
    while at < end {
      guard bytes[at] >= UInt8(ascii: "0"), bytes[at] <= UInt8(ascii: "9") else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int(bytes[at] - UInt8(ascii: "0")))
      // Unset limits print as 2^64-1, which no field read here needs exactly.
      value = overflow || carried ? .max : sum
      at += 1
    }
    return isNegative ? -value : value
  }

  /// Whether the field of `/proc/PID/stat` is one that is wanted.
  @inline(__always)
  private static func isNumber(_ field: Int) -> Bool {
    switch field {
    case 1, 3, 11...14, 19, 21: true
    default: false
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
  }
}
