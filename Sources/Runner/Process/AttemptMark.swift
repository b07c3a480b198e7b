import Jobs
import Platform

/// What every process of an attempt carries in its environment and as its tag, so that it is found
/// wherever it goes: a tag survives a new environment, and an environment a change of limits. The
/// incarnation tells apart the attempts of several managers on one machine.
struct AttemptMark: Hashable, Sendable {
  let attempt: AttemptID
  let incarnation: Incarnation

  static let attemptVariable = "WR_ATTEMPT"
  static let incarnationVariable = "WR_INCARNATION"

  var attemptEntry: String { "\(Self.attemptVariable)=\(attempt)" }
  var incarnationEntry: String { "\(Self.incarnationVariable)=\(incarnation)" }

  var tag: ProcessTag {
    ProcessTag(Fingerprint128.hash("\(attemptEntry) \(incarnationEntry)").low)
  }

  /// Whether a process's environment has the mark.
  func isIn(_ environment: UnsafeRawBufferPointer) -> Bool {
    ProcParser.environmentValue(Self.attemptVariable, in: environment) == attempt.description
      && ProcParser.environmentValue(Self.incarnationVariable, in: environment)
        == incarnation.text
  }
}

/// The process of a job's command or of a behaviour's, and how those that left its tree can be told.
struct ProcessRoot: Hashable, Sendable {
  /// The command's process; also its session, as each command gets one of its own.
  var identity: ProcessIdentity
  var mark: AttemptMark

  init(identity: ProcessIdentity, mark: AttemptMark) {
    self.identity = identity
    self.mark = mark
  }

  /// A child that is not reaped, so that its number is its own.
  init(of pid: Int32, mark: AttemptMark) {
    self.init(
      identity: ProcessIdentity(pid: pid, startTicks: startTicks(of: pid) ?? 0), mark: mark)
  }
}
