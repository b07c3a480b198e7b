import CLinux
import Glibc

/// How a process ended, and what the kernel counted for it and its waited-for children.
public struct ProcessEnd: Sendable, Hashable {
  /// The exit code; nil if a signal ended it.
  public var exitCode: Int?
  public var signal: Int?
  /// User and system time, in nanoseconds.
  public var cpuNanoseconds: Int64
  /// The largest resident size of any one process among them; inherited from the spawning
  /// process, so meaningful only where it exceeds that one's.
  public var maximumResidentKilobytes: Int64
}

/// Takes an ended child off the kernel's list. Its number may then be used again, so everything
/// that needs the number is done before.
///
/// - Returns: nil if the child has not ended.
public func reap(_ pid: pid_t) throws(SystemError) -> ProcessEnd? {
  var (status, cpu, resident): (Int32, Int64, Int64) = (0, 0, 0)
  let reaped = clinux_reap(pid, &status, &cpu, &resident)
  guard reaped >= 0 else { throw SystemError(operation: "wait for process \(pid)") }
  guard reaped > 0 else { return nil }
  let signal = Int(status & 0x7f)
  return ProcessEnd(
    exitCode: signal == 0 ? Int(status >> 8 & 0xff) : nil, signal: signal == 0 ? nil : signal,
    cpuNanoseconds: cpu, maximumResidentKilobytes: resident)
}

/// A child that has ended and was not reaped; it stays so. nil if there is none.
public func endedChild() -> pid_t? {
  let pid = clinux_peek_ended_child()
  return pid > 0 ? pid : nil
}

/// Whether a number is that of a process, ended or not, and not of a thread.
public func isProcess(_ pid: pid_t) -> Bool { clinux_is_process(pid) == 1 }

/// A handle of a running process: readable once it has ended; pidfd_open(2).
public func openProcess(_ pid: pid_t) throws(SystemError) -> Descriptor {
  let handle = clinux_pidfd_open(pid)
  guard handle >= 0 else { throw SystemError(operation: "open process \(pid)") }
  return Descriptor(owning: handle)
}

/// Sends a signal to the process that a handle names.
///
/// - Returns: false if it has ended.
@discardableResult
public func signal(_ number: Int32, toHandle handle: Int32) -> Bool {
  clinux_pidfd_send_signal(handle, number) == 0
}

/// Has orphaned descendants become children of this process, which then must reap them.
public func adoptOrphans() throws(SystemError) {
  guard clinux_set_child_subreaper() == 0 else {
    throw SystemError(operation: "become a subreaper")
  }
}

/// Has the kernel, when memory runs out, rather end this process, and those that it starts, than
/// others of their size (proc_pid_oom_score_adj(5)).
///
/// - Parameter thousandths: of the machine's memory, that it is taken to use beyond what it does. A
///   higher value that was set before stays.
public func yieldMemory(thousandths: Int) throws(SystemError) {
  let path = "/proc/self/oom_score_adj"
  let before = String(decoding: try readFile(path), as: UTF8.self)
  if let value = Int(before.dropLast()), value >= thousandths { return }
  let file = try openFile(path, O_WRONLY)
  try writeAll("\(thousandths)".utf8, to: file.number, path: path)
}

/// When a process started, in clock ticks since the boot: with the pid it names the process for
/// ever (proc(5), field 22 of stat). nil if there is no such process.
public func startTicks(of pid: pid_t) -> UInt64? { statField(22, of: pid) }

/// Whether a process exits, was killed, or is gone. What it holds, locks and ports among it, it holds
/// until the kernel has freed its memory: some GB take seconds.
public func isEnding(_ pid: pid_t) -> Bool {
  // Its flags (proc(5), field 9 of stat) say that it exits (PF_EXITING), before that the signals that
  // it has not taken yet that it will.
  guard let flags = statField(9, of: pid), flags & 4 == 0,
    let status = try? readFile("/proc/\(pid)/status")
  else { return true }
  return status.split(separator: UInt8(ascii: "\n")).contains { line in
    let line = String(decoding: line, as: UTF8.self)
    guard line.hasPrefix("SigPnd:\t") || line.hasPrefix("ShdPnd:\t") else { return false }
    return UInt64(line.dropFirst(8), radix: 16).map { $0 >> UInt64(SIGKILL - 1) & 1 == 1 } ?? false
  }
}

/// A number of `/proc/PID/stat` (proc(5)); nil if there is no such process.
/// - Parameter number: of the field, counted from 1; at least 4.
private func statField(_ number: Int, of pid: pid_t) -> UInt64? {
  guard let text = try? readFile("/proc/\(pid)/stat"),
    let end = text.lastIndex(of: UInt8(ascii: ")"))
  else { return nil }
  // Field 3 follows the command name, which may hold anything, parentheses included.
  let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
  return fields.count > number - 3
    ? UInt64(String(decoding: fields[number - 3], as: UTF8.self)) : nil
}

/// A text that is different after every boot of the machine.
public func bootID() throws(SystemError) -> String {
  String(decoding: try readFile("/proc/sys/kernel/random/boot_id").prefix(36), as: UTF8.self)
}

/// A pipe, both ends close-on-exec.
/// - Throws: `SystemError` if there are too many descriptors.
public func makePipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
  var ends: (Int32, Int32) = (0, 0)
  guard clinux_pipe(&ends.0, &ends.1) == 0 else { throw SystemError(operation: "make a pipe") }
  return ends
}

/// Has reading and writing what a descriptor stands for return instead of waiting.
/// - Throws: `SystemError` if it is not open.
public func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
  guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else {
    throw SystemError(operation: "set descriptor \(descriptor) non-blocking")
  }
}

/// The environment of this process as `NAME=value` entries.
public func ownEnvironment() -> [String] {
  var entries: [String] = []
  var next = environ
  while let entry = next.pointee {
    entries.append(String(cString: entry))
    next += 1
  }
  return entries
}

/// Where a symbolic link leads.
public func linkTarget(_ path: String) throws(SystemError) -> String {
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = readlink(path, &buffer, buffer.count)
  guard count > 0 else { throw SystemError(operation: "read the link \(path)") }
  return String(decoding: buffer[..<count], as: UTF8.self)
}

/// Where our own executable is; where its successor is, if it was replaced.
public func executablePath() throws(SystemError) -> String {
  let path = try linkTarget("/proc/self/exe")
  let mark = " (deleted)"
  return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
}
