import Jobs
import Platform

/// What every process of an attempt carries in its environment and as its tag, so that it is found
/// wherever it goes: a tag survives a new environment, and an environment a change of limits. The
/// incarnation tells apart the attempts of several managers on one machine.
struct AttemptMark: Hashable, Sendable {
  let attempt: AttemptID
  let incarnation: Incarnation
  let tag: ProcessTag

  init(attempt: AttemptID, incarnation: Incarnation) {
    self.attempt = attempt
    self.incarnation = incarnation
    tag = ProcessTag(
      Fingerprint128.hash(
        "\(Self.attemptVariable)=\(attempt) \(Self.incarnationVariable)=\(incarnation)"
      ).low)
  }

  static let attemptVariable = "WR_ATTEMPT"
  static let incarnationVariable = "WR_INCARNATION"

  var attemptEntry: String { "\(Self.attemptVariable)=\(attempt)" }
  var incarnationEntry: String { "\(Self.incarnationVariable)=\(incarnation)" }

  /// What a runner host has itself, and with it a process that is just being started: so it can be
  /// told that this is of no attempt yet.
  static func hostTag(_ incarnation: Incarnation) -> ProcessTag {
    ProcessTag(Fingerprint128.hash("host \(incarnationVariable)=\(incarnation)").low)
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
