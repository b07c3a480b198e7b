import CSQLite
import Jobs
import Platform

/// The one writer of the database.
///
/// The database file must not be opened by other code of this process: closing it again would
/// drop SQLite's locks on it.
public actor StoreActor {
  public nonisolated let executor: SerialQueueExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let path: String
  private let backupPath: String?
  private(set) var writer: BatchWriter?
  /// Set while the connection is gone because of an I/O error.
  private var doubt: BatchWriter.Doubt?
  private var reserve: DiskReserve
  private let checker = IntegrityChecker()
  /// Keeps other managers, of other directories, from the same database.
  private var lock: FileLock?
  private var schedule = BackupSchedule()
  private var runningBackup: OnlineBackup? {
    didSet {
      guard runningBackup == nil else { return }
      for waiter in backupWaiters { waiter.resume() }
      backupWaiters = []
    }
  }
  /// Backups that wait for the one that is being made.
  private var backupWaiters: [CheckedContinuation<Void, Never>] = []

  /// - Parameter backupPath: nil to make no backups and restore from none.
  public init(path: String, backupPath: String?) {
    executor = SerialQueueExecutor(label: "store")
    self.path = path
    self.backupPath = backupPath
    reserve = DiskReserve(path: path + ".reserve")
  }

  /// Deletes the database and its backup, if they are there: the development deployment starts
  /// anew each time. Only before `open()`.
  public func erase() throws(StoreError) {
    precondition(writer == nil, "the database is open")
    try takeLock()
    try DatabaseFiles(path: path).remove()
    guard let backupPath else { return }
    try DatabaseFiles.remove(backupPath)
    try DatabaseFiles.remove(backupPath + ".tmp")
  }

  /// Opens (or makes, or restores) the database and reads all that is live.
  ///
  /// - Throws: if there is nothing to work with; what is there is then left as it is.
  public func open() throws(StoreError) -> Recovered {
    precondition(writer == nil, "the database is open already")
    try takeLock()
    reserve.adopt()
    let opened: (BatchWriter, Recovered)
    do throws(StoreError) { opened = try begin() } catch {
      guard error.isFull, reserve.release() else { throw error }
      opened = try begin()
    }
    reserve.fill()
    writer = opened.0
    return opened.1
  }

  /// Begins to write a piece of a batch that is still being made and will be committed at once, so that
  /// `commit` finds it written. Nothing depends on it: `commit` writes what is not.
  public nonisolated func begin(_ piece: [Job]) {
    executor.run { self.assumeIsolated { $0.tryToWrite(piece) } }
  }

  private func tryToWrite(_ piece: [Job]) {
    // A backup makes no steps while a transaction is open.
    guard runningBackup == nil, doubt == nil, let writer else { return }
    do throws(StoreError) { try writer.begin(piece) } catch {
      // What is in the way is told if it still is when the batch is written.
      dropIfInDoubt(writer, error)
    }
  }

  /// Writes all of the batch, or nothing; returns when it is on disk.
  ///
  /// - Returns: whether `checkpoint()` is to be called before long; it makes others wait, so whoever
  ///   waits for the batch is to be told first.
  /// - Throws: what is in the way; `isFull` if it is the lack of space. After an I/O error the
  ///   next call first opens the database anew and checks it.
  public func commit(_ batch: StoreBatch) throws(StoreError) -> Bool {
    guard !batch.isEmpty else { return false }
    do throws(StoreError) {
      try write(batch)
    } catch {
      guard error.isFull, batch.mayUseReserve, reserve.release() else { throw error }
      try write(batch)
    }
    schedule.changed()
    reserve.fill()
    return writer?.isCheckpointDue ?? false
  }

  /// Checks all of the database, on another thread; takes seconds if it is large.
  ///
  /// - Returns: sentences on what is wrong; empty if nothing is.
  public func verify() async throws(StoreError) -> [String] {
    try await checker.problems(of: path, access: .reading)
  }

  /// Checkpoints, backs up if there is a backup path, closes.
  ///
  /// - Returns: what went wrong with it; all that was committed is safe in any case.
  @discardableResult
  public func close() -> StoreError? {
    giveUpBackup()
    defer { lock = nil }
    guard let writer else { return nil }
    defer { self.writer = nil }
    writer.giveUpBegun()
    do throws(StoreError) {
      let isWhole = try checkpointAll(writer.database)
      if let backupPath { try finalBackup(of: writer.database, isWhole: isWhole, to: backupPath) }
      writer.database.keepWALOnClose(false)
      return nil
    } catch { return error }
  }

  private func takeLock() throws(StoreError) {
    guard lock == nil else { return }
    do throws(SystemError) { lock = try FileLock.acquire(path + ".lock") } catch {
      throw StoreError(error)
    }
    if lock == nil { throw StoreError(message: "\(path) is in use by another manager") }
  }

  private func begin() throws(StoreError) -> (BatchWriter, Recovered) {
    let (writer, recovered) = try recovery.open()
    if let backupPath { try DatabaseFiles.remove(backupPath + ".tmp") }
    try writer.beginGeneration()
    return (writer, recovered)
  }

  private var recovery: Recovery { Recovery(path: path, backupPath: backupPath) }

  // MARK: Writing

  private func write(_ batch: StoreBatch) throws(StoreError) {
    guard let error = try doubtfulWrite(batch) else { return }
    // If it cannot be settled now, the batch has failed, and is taken back when it can be.
    guard let landed = try? settle(), landed else { throw error }
  }

  /// - Returns: the error that leaves doubt, nil if all is well. In a function of its own, so that
  ///   the connection that was given up has closed when another is opened.
  private func doubtfulWrite(_ batch: StoreBatch) throws(StoreError) -> StoreError? {
    let writer = try usableWriter()
    do throws(StoreError) { try writer.write(batch) } catch {
      guard error.leavesDoubt else { throw error }
      drop(writer.doubt)
      return error
    }
    return nil
  }

  private func usableWriter() throws(StoreError) -> BatchWriter {
    if let doubt, try settle() {
      do throws(StoreError) { try writer?.takeBack(doubt) } catch {
        drop(doubt)
        throw error
      }
    }
    guard let writer else { throw StoreError(message: "\(path) is not open") }
    return writer
  }

  /// Gives up the connection, which can no longer be trusted.
  func drop(_ doubt: BatchWriter.Doubt) {
    giveUpBackup()
    writer = nil
    self.doubt = doubt
  }

  /// Opens the database anew, checks it, and finds out what has become of the batch in doubt.
  ///
  /// - Returns: whether the batch is on disk.
  private func settle() throws(StoreError) -> Bool {
    guard let doubt else { return false }
    let writer = try recovery.connect()
    let landed = writer.commits == doubt.commits
    // It may be in the kernel's memory only, after a sync that failed: it is on disk once it was
    // copied into the database file and that was synced.
    if landed { try writer.database.checkpoint(SQLITE_CHECKPOINT_FULL) }
    self.writer = writer
    self.doubt = nil
    return landed
  }

  /// Folds the WAL in if it is time. What was committed is durable without.
  public func checkpoint() {
    guard let writer else { return }
    do throws(StoreError) { try writer.checkpointIfDue() } catch {
      // For want of space, because of a reader, or as a batch is begun: it is tried again after the
      // next commit.
      dropIfInDoubt(writer, error)
    }
  }

  /// Gives up a connection that cannot be trusted after an error of what has committed nothing.
  private func dropIfInDoubt(_ writer: BatchWriter, _ error: StoreError) {
    guard error.leavesDoubt else { return }
    drop(BatchWriter.Doubt(commits: writer.commits + 1, inserted: []))
  }

  // MARK: Backups

  /// Makes a backup at the backup path if something has changed and it is time (decision 37).
  ///
  /// - Returns: when to call again; nil if that is only needed after a further commit.
  public func backupIfDue(now: Instant) async throws(StoreError) -> Instant? {
    guard let backupPath, runningBackup == nil, let due = schedule.due(now: now) else { return nil }
    guard due <= now else { return due }
    schedule.began()
    let start = Instant.now
    do throws(StoreError) { try await backup(to: backupPath) } catch {
      let duration = Instant.now - start
      schedule.failed(at: now + duration, after: duration)
      throw error
    }
    let duration = Instant.now - start
    schedule.ended(at: now + duration, after: duration)
    return schedule.due(now: now + duration)
  }

  /// Makes a checked, synced copy of the database as it is at some moment of the call, beside
  /// which commits go on. A file of the name is replaced at once and only by a copy that is good.
  public func backup(to target: String) async throws(StoreError) {
    while runningBackup != nil {
      await withCheckedContinuation { backupWaiters.append($0) }
    }
    let writer = try usableWriter()
    guard !DatabaseFiles.areSame(target, path) else {
      throw StoreError(message: "\(target) is the database itself: name another file")
    }
    // A copy that fills the disk would make adds fail before it fails itself.
    let size = try DatabaseFiles.size(of: path) ?? 0
    if let free = freeSpace(besides: target), free < size + 2 * DiskReserve.size {
      throw StoreError(message: "there is no space for a backup at \(target)", isFull: true)
    }
    let temporary = DatabaseFiles(path: target + ".tmp")
    try temporary.makeEmpty()
    writer.giveUpBegun()
    let backup = try OnlineBackup(of: writer.database, to: temporary.path)
    runningBackup = backup
    do throws(StoreError) {
      while try !backup.step(pages: 1024) { await Task.yield() }
      try backup.finish()
      let problems = try await checker.problems(of: temporary.path, access: .immutable)
      if let problem = problems.first { throw .damaged(path, problem) }
      guard runningBackup === backup else { throw OnlineBackup.givenUp }
      try temporary.rename(to: target)
      runningBackup = nil
    } catch {
      // Whoever has given it up has removed the file, and may have made another of the name.
      guard runningBackup === backup else { throw OnlineBackup.givenUp }
      runningBackup = nil
      try temporary.remove()
      throw error
    }
  }

  private func giveUpBackup() {
    runningBackup?.giveUp()
    runningBackup = nil
  }

  /// - Returns: whether all is now in the database file; not if a reader holds on to the WAL.
  private func checkpointAll(_ database: borrowing Database) throws(StoreError) -> Bool {
    do throws(StoreError) {
      try database.checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
      return true
    } catch {
      guard error.code & 0xff == SQLITE_BUSY else { throw error }
      return false
    }
  }

  /// Makes the backup equal to the database, byte for byte if all is in the database file.
  private func finalBackup(
    of database: borrowing Database, isWhole: Bool, to target: String
  ) throws(StoreError) {
    let temporary = DatabaseFiles(path: target + ".tmp")
    try temporary.makeEmpty()
    do throws(StoreError) {
      if isWhole {
        try temporary.copy(of: database)
      } else {
        let backup = try OnlineBackup(of: database, to: temporary.path)
        while try !backup.step(pages: -1) {}
        try backup.finish()
      }
      let problems = try IntegrityChecker.problems(of: temporary.path, access: .immutable)
      if let problem = problems.first { throw .damaged(path, problem) }
      try temporary.rename(to: target)
    } catch {
      try temporary.remove()
      throw error
    }
  }
}
