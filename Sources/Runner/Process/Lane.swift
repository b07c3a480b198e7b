import Platform
import Synchronization

/// A queue on which commands are started, one after the other: while each is over when its start
/// returns, the thread that saw its end starts the next, which saves two changes of thread
/// (docs/decisions/011-brief-commands.md).
actor Lane {
  nonisolated let executor = SerialQueueExecutor(label: "wr.attempt")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let taken = Atomic<Bool>(false)

  /// How many starts have been asked for here and have not begun.
  private let waiting = Atomic<Int>(0)

  /// What was found last.
  private var shell: (name: String, searchPath: String, path: String, since: Instant)?

  /// The environment that was made last.
  private var latest: (kind: EnvironmentKind, environment: JobEnvironment)?

  /// What decides on a job's environment, besides its attempt: equal jobs have equal ones, where
  /// they have no directory of their own.
  struct EnvironmentKind: Hashable {
    var base: [String]?
    var own: [String]
    var directory: String
  }

  /// A start is about to be asked for.
  nonisolated func expect() { waiting.wrappingAdd(1, ordering: .relaxed) }

  /// A start that was expected begins.
  nonisolated func begin() { waiting.wrappingSubtract(1, ordering: .relaxed) }

  /// Whether so many starts wait here that the reactor need not hear of the end of this one at once: it
  /// will of the next, before the last begins.
  nonisolated var isFull: Bool { waiting.load(ordering: .relaxed) > 1 }

  /// The command that was started last runs on, or could not be started: what was to follow must wait
  /// for room.
  nonisolated var isTaken: Bool { taken.load(ordering: .relaxed) }

  /// Nobody else starts anything here any more.
  func take() {
    taken.store(true, ordering: .relaxed)
    (shell, latest) = (nil, nil)
  }

  /// The environment of an attempt, made of one that `remember` was told of; nil if that is of
  /// another kind.
  func environment(_ kind: EnvironmentKind, of mark: AttemptMark) -> JobEnvironment? {
    guard let latest, latest.kind == kind else { return nil }
    var environment = latest.environment
    environment.set(mark)
    return environment
  }

  func remember(_ environment: JobEnvironment, _ kind: EnvironmentKind) {
    latest = (kind, environment)
  }

  /// Looks for the program that commands are given to, in a value of `PATH`. An answer is good for a
  /// second: a search asks for a file in each directory, and commands that follow one another
  /// mostly have the same.
  func findShell(_ name: String, searchPath: String) -> String? {
    let now = Instant.now
    if let shell, shell.name == name, shell.searchPath == searchPath,
      now - shell.since < .seconds(1)
    {
      return shell.path
    }
    let path = findExecutable(name, searchPath: searchPath)
    shell = path.map { (name, searchPath, $0, now) }
    return path
  }
}
