import Jobs
import Platform

/// How a command's own process ended.
enum Exit: Hashable, Sendable {
  case code(Int32)
  case signal(Int32)
  /// It is gone, but how it ended could not be learnt.
  case unknown

  /// Reads the end of a child; nil if the kernel knows of none.
  init(_ end: ProcessEnd?) { self.init(code: end?.exitCode, signal: end?.signal) }

  init(code: Int?, signal: Int?) {
    if let code {
      self = .code(Int32(code))
    } else if let signal {
      self = .signal(Int32(signal))
    } else {
      self = .unknown
    }
  }

  /// What clients see: -1 after a signal, 255 if unknown (behaviour.md §6.6, §6.9).
  var shownCode: Int {
    switch self {
    case .code(let code): Int(code)
    case .signal: -1
    case .unknown: 255
    }
  }

  /// For messages.
  var words: String {
    switch self {
    case .code(let code): "exit code \(code)"
    case .signal(let number): "signal \(number)"
    case .unknown: "it is not known how it ended"
    }
  }
}

/// Why the runner ended a command before its own end.
enum KillCause: Hashable, Sendable {
  /// A person asked for it.
  case user
  /// It used too much memory for itself and the machine.
  case memory
  /// The volume of its working directory is full.
  case disk
  /// The runner host was told by a signal to stop.
  case signal
}

/// All that decides what becomes of a job whose command was started.
struct Outcome: Hashable, Sendable {
  var exit: Exit
  /// Set if the runner ended the command.
  var cause: KillCause?
  /// It used more memory than it was believed to need, at any time.
  var exceededMemory = false
  var walltime: Duration = .zero
  var expectedTime: Duration = .zero
  var untilBuried = 1
  var noRetryOverWalltime: Duration?
}

extension Verdict {
  /// Judges the end of a command: the first row of behaviour.md §6.9 that applies, with "killed"
  /// before all other failures (decision 18).
  init(of outcome: Outcome) {
    switch outcome.exit {
    case .code(0): self = .complete
    case _ where outcome.cause == .user: self = .bury(.killed)
    case .code(126): self = .bury(.permission)
    case .code(127): self = .bury(.commandNotFound)
    case .code(128): self = .bury(.invalidExitCode)
    case .code, .signal, .unknown: self = Self.failure(outcome)
    }
  }

  /// The rows that do not depend upon the exit code.
  private static func failure(_ outcome: Outcome) -> Verdict {
    if outcome.exceededMemory || outcome.cause == .memory { return .release(.memory) }
    if outcome.cause == .disk { return .release(.disk) }
    if outcome.cause == .signal {
      return .release(outcome.walltime > outcome.expectedTime ? .time : .signal)
    }
    if outcome.exit == .unknown { return .release(.abnormal) }
    if let bound = outcome.noRetryOverWalltime, outcome.untilBuried > 1, outcome.walltime > bound {
      return .bury(.exit)
    }
    return .release(.exit)
  }
}
