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
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
      let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close,
      let pid = number(bytes[..<open]), pid > 0, pid <= Int(Int32.max)
    else { return nil }
    // The fields after the name: state is 3 in proc(5), so index 0 here.
    let fields = bytes[(close + 1)...].split(whereSeparator: { isBlank($0) })
    guard fields.count >= 22, let state = fields[0].first, fields[0].count == 1,
      let parent = number(fields[1]), let session = number(fields[3]),
      let user = number(fields[11]), let system = number(fields[12]),
      let childrenUser = number(fields[13]), let childrenSystem = number(fields[14]),
      let start = number(fields[19]), start >= 0, let resident = number(fields[21])
    else { return nil }
    let ticks = [user, system, childrenUser, childrenSystem].reduce(0) { $0 &+ max(0, $1) }
    return ProcessStat(
      pid: Int32(pid), parent: Int32(truncatingIfNeeded: parent),
      session: Int32(truncatingIfNeeded: session), state: state, cpuTicks: UInt64(max(0, ticks)),
      startTicks: UInt64(start), residentPages: max(0, resident))
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

  /// A decimal number, with a sign at most, surrounded by blanks at most.
  private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    var digits = bytes.drop(while: { isBlank($0) })
    while let end = digits.last, isBlank(end) { digits = digits.dropLast() }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      // Unset limits print as 2^64-1, which no field read here needs exactly.
      value = overflow || carried ? .max : sum
    }
    return isNegative ? -value : value
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
  }
}
