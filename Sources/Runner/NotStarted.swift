import Jobs

/// Why a command was not started, and what becomes of its job (behaviour.md §6.3).
struct NotStarted: Error, Hashable, Sendable {
  var verdict: Verdict
  /// Shown as the job's stderr.
  var text: String

  init(_ verdict: Verdict, _ text: String) {
    self.verdict = verdict
    self.text = text
  }

  /// Checks what can be known before anything is done.
  static func check(_ spec: JobSpec) throws(NotStarted) {
    if !spec.mounts.isEmpty {
      throw NotStarted(.bury(.mount), "this runner does not mount remote file systems")
    }
    // The system's texts end at a NUL: what follows would be lost without a word.
    if spec.cmd.utf8.contains(0) {
      throw NotStarted(.bury(.start), "the command holds a NUL byte")
    }
    if spec.cwd.utf8.contains(0) {
      throw NotStarted(.bury(.cwd), "the path of the working directory holds a NUL byte")
    }
    if spec.environment.contains(where: { $0.utf8.contains(0) }) {
      throw NotStarted(.bury(.environment), "an environment variable holds a NUL byte")
    }
  }
}
