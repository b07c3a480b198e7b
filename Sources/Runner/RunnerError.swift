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

  public var description: String {
    switch self {
    case .alreadyRunning(let file): "another runner host holds the lock \(file)"
    case .system(let error): error.description
    case .notOurs(let what): what
    case .malformed(let file, let reason): "\(file): \(reason)"
    }
  }
}
