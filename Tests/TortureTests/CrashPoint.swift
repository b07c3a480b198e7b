import Glibc
import Platform

/// The instant just before a certain call that changes something, at which a process is killed:
/// by the library of Tests/CrashPoints, which is loaded into it.
struct CrashPoint {
  /// Which process, by its first argument.
  enum Program: String {
    case manager
    case runner
  }

  var program: Program
  /// Before which of the calls, counted from the process's start.
  var number: Int
  /// The calls that count.
  var calls: [String]
  /// Made when it has come.
  var markFile: String

  /// Those that make something durable, or begin a run. A runner host's journal and spool are there
  /// by what is written to their slots.
  static func boundaries(in program: Program) -> [String] {
    ["clone", "fdatasync", "fsync", program == .runner ? "pwrite" : "rename"]
  }
  /// All after which a crash leaves another state.
  static let everything =
    [
      "clone", "fallocate", "fdatasync", "fsync", "ftruncate", "mkdir", "open", "pwrite", "rename",
      "send", "unlink", "write",
    ]

  var hasCome: Bool { access(markFile, F_OK) == 0 }

  /// What it is, once it has come.
  var words: String {
    let mark = (try? readFile(markFile)) ?? []
    let call = String(decoding: mark.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return "killed the \(program.rawValue) before call \(number): \(call)"
  }

  /// For the process, and all that come of it: only one of them is killed.
  func environment() throws(SystemError) -> [String] {
    let library = "\(parentDirectory(of: try House.ownPath()))/libCrashPoints.so"
    guard access(library, R_OK) == 0 else { throw SystemError(operation: "read \(library)") }
    return [
      "LD_PRELOAD=\(library)", "CRASH_IN=\(program.rawValue)", "CRASH_AT=\(number)",
      "CRASH_CALLS=\(calls.joined(separator: ","))", "CRASH_MARK=\(markFile)",
    ]
  }
}
