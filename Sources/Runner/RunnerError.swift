import Glibc
import Platform

/// What a runner host could not do. A job that fails is no error but a result.
public enum RunnerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another runner host works for the same manager on this machine.
  case alreadyRunning(lockFile: String)
  /// The system refused something.
  case system(SystemError)
  /// A directory is not the one this runner made, or is in the way; what and where.
  case notOurs(String)
  /// A file that the runner needs does not hold what it must.
  case malformed(file: String, reason: String)

  /// The system was short of something, or at fault, for the moment: what was tried may succeed
  /// later as it is.
  var isPassing: Bool {
    guard case .system(let error) = self else { return false }
    return [EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EIO, EAGAIN, ESTALE, ETIMEDOUT]
      .contains(error.code)
  }

  /// There was no descriptor or memory left, for the moment.
  var isShortage: Bool {
    guard case .system(let error) = self else { return false }
    return [EMFILE, ENFILE, ENOMEM].contains(error.code)
  }

  public var description: String {
    switch self {
    case .alreadyRunning(let file): "another runner host holds the lock \(file)"
    case .system(let error): error.description
    case .notOurs(let what): what
    case .malformed(let file, let reason): "\(file): \(reason)"
    }
  }
}
