import Platform

/// A queue on which commands are started, one after the other: while each is over when its start
/// returns, the thread that saw its end starts the next, which saves two changes of thread
/// (docs/decisions/011-brief-commands.md).
actor Lane {
  nonisolated let executor = SerialQueueExecutor(label: "wr.attempt")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The command that was started last runs on: what was to follow must wait for room.
  private(set) var isTaken = false

  func take() { isTaken = true }
}
