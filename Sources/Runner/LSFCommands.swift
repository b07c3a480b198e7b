import Glibc
import Jobs
import Platform

/// What jobs in bsub mode find in their environment: commands by the names of LSF's, which are
/// links to wr, and what jobs that are added by them have from theirs (behaviour.md §6.3).
struct LSFCommands {
  /// Where the links are.
  let directory: String

  private static let names = ["bsub", "bjobs", "bkill"]

  /// Makes the links, unless they are there.
  func make(to executable: String) throws(SystemError) {
    try makeDirectories(directory, mode: 0o700)
    for name in Self.names {
      let link = "\(directory)/\(name)"
      if (try? linkTarget(link)) == executable { continue }
      // Others may be at it, and no job may find none meanwhile.
      let new = "\(link).\(UInt64.random(in: 0 ... .max))"
      guard symlink(executable, new) == 0 else { throw SystemError(operation: "make \(new)") }
      guard rename(new, link) == 0 else {
        let error = SystemError(operation: "rename \(new)")
        unlink(new)
        throw error
      }
    }
  }

  /// Has the commands found before others of their names.
  func enter(_ environment: inout JobEnvironment, of spec: JobSpec) {
    environment.set("PATH", "\(directory):\(environment["PATH"] ?? "/usr/bin:/bin")")
    for name in ["LSF_BINDIR", "LSF_SERVERDIR", "LSF_LIBDIR", "LSF_ENVDIR"] {
      environment.set(name, directory)
    }
    environment.set("WR_BSUB_CONFIG", String(decoding: spec.traits.inheritance, as: UTF8.self))
    if ["production", "development"].contains(spec.bsubMode) {
      environment.set("WR_DEPLOYMENT", spec.bsubMode)
    }
  }
}
