import Platform

/// A queue on which commands are started, one after the other: while each is over when its start
/// returns, the thread that saw its end starts the next, which saves two changes of thread
/// (docs/decisions/011-brief-commands.md).
actor Lane {
  nonisolated let executor = SerialQueueExecutor(label: "wr.attempt")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The command that was started last runs on, or could not be started: what was to follow must wait
  /// for room.
  private(set) var isTaken = false

  /// What was found last.
  private var shell: (name: String, searchPath: String, path: String, since: Instant)?

  /// Nobody else starts anything here any more.
  func take() { isTaken = true }

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
