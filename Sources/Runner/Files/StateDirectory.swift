import Glibc
import Jobs
import Platform

/// The files of a runner host: its lock, its journal and the results it still owes the manager.
/// Its calls block.
///
///     lock
///     journal/ATTEMPT   see `JournalEntry`
///     spool/ATTEMPT     `RunEnd`s, a line each, until the manager has acknowledged all of them;
///                       ATTEMPT is the first one's
///     command.ATTEMPT   what a container's shell is to read
struct StateDirectory: Hashable, Sendable {
  let path: String

  init(_ path: String) { self.path = path }

  var lockFile: String { "\(path)/lock" }
  private var journal: String { "\(path)/journal" }
  private var spool: String { "\(path)/spool" }

  /// Makes the directories that are missing; nobody else may look into them.
  func make() throws(RunnerError) {
    do throws(SystemError) {
      for directory in [path, journal, spool] { try makeDirectories(directory, mode: 0o700) }
    } catch {
      throw .system(error)
    }
  }

  // MARK: The journal

  /// Begins the entry of an attempt, whole or not at all. The kernel keeps it over our death; it
  /// need not be synced, as no process lives on after the machine's.
  func begin(_ entry: JournalEntry) throws(RunnerError) {
    let file = "\(journal)/\(entry.order.attempt)"
    let unfinished = file + Self.unfinished
    do throws(RunnerError) {
      try write(entry.opening, to: unfinished, flags: O_CREAT | O_TRUNC)
      guard rename(unfinished, file) == 0 else {
        throw .system(SystemError(operation: "rename \(unfinished) to \(file)"))
      }
    } catch {
      unlink(unfinished)
      throw error
    }
  }

  /// Appends a line to an entry.
  func append(_ line: [UInt8], attempt: AttemptID) throws(RunnerError) {
    try write(line, to: "\(journal)/\(attempt)", flags: O_APPEND)
  }

  /// Opens an entry for its process to append to. It is locked until the process, which inherits
  /// the lock, has become the command or has ended, even if we are killed meanwhile.
  func openJournal(attempt: AttemptID) throws(SystemError) -> Descriptor {
    let file = try openFile("\(journal)/\(attempt)", O_WRONLY | O_APPEND)
    guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
      throw SystemError(operation: "lock \(journal)/\(attempt)")
    }
    return file
  }

  /// Removes the entry: nothing of the attempt is left that would have to be cleared up.
  func close(attempt: AttemptID) { unlink("\(journal)/\(attempt)") }

  /// All entries, by attempt; what cannot be read is given as an error. Processes that a
  /// predecessor was about to start when it was killed are waited for: they write to the entry.
  ///
  /// - Parameter deadline: until when, in case that one of them is stuck.
  func entries(until deadline: Instant) throws(RunnerError) -> [Result<JournalEntry, RunnerError>] {
    try attempts(in: journal).map { attempt in
      let file = "\(journal)/\(attempt)"
      do throws(SystemError) {
        try awaitUnlocking(file, until: deadline)
        let bytes = try readFile(file)
        return Result { () throws(RunnerError) in
          try JournalEntry(decoding: bytes, file: file)
        }
      } catch {
        return .failure(.system(error))
      }
    }
  }

  private func awaitUnlocking(_ path: String, until deadline: Instant) throws(SystemError) {
    let file = try openFile(path, O_RDONLY)
    // Nobody tells when a lock is free within a time; it takes as long as an exec.
    while flock(file.number, LOCK_SH | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, Instant.now < deadline else {
        throw SystemError(operation: "lock \(path), whose process is about to start")
      }
      usleep(5000)
    }
  }

  private func write(_ bytes: [UInt8], to file: String, flags: Int32) throws(RunnerError) {
    do throws(SystemError) {
      let open = try openFile(file, O_WRONLY | flags)
      try writeAll(bytes, to: open.number, path: file)
    } catch {
      throw .system(error)
    }
  }

  // MARK: Commands for containers

  func commandFile(_ attempt: AttemptID) -> String { "\(path)/command.\(attempt)" }

  /// Writes a command for a container's shell: it may hold secrets, so nobody else can read it.
  func write(command: String, attempt: AttemptID) throws(SystemError) {
    let path = commandFile(attempt)
    let file = try openFile(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try writeAll(Array("\(command)\n".utf8), to: file.number, path: path)
  }

  func removeCommand(_ attempt: AttemptID) { unlink(commandFile(attempt)) }

  // MARK: The spool

  /// Keeps results that ended together. They survive a crash of the machine.
  func keep(_ ends: [RunEnd]) throws(RunnerError) {
    guard let first = ends.first else { return }
    let path = "\(spool)/\(first.attempt)"
    let temporary = path + Self.unfinished
    var lines: [UInt8] = []
    for end in ends { lines += end.encoded().filter { $0 != Self.newline } + [Self.newline] }
    do throws(SystemError) {
      do throws(SystemError) {
        let file = try openFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try writeAll(lines, to: file.number, path: temporary)
        // Named before it is synced, so that one commit of the file system's journal takes both:
        // whoever kills us leaves it whole, and what a crash of the machine cuts short was not
        // kept yet.
        guard rename(temporary, path) == 0 else {
          throw SystemError(operation: "rename \(temporary) to \(path)")
        }
        guard fsync(file.number) == 0 else { throw SystemError(operation: "sync \(path)") }
        try syncDirectory(spool)
      } catch {
        unlink(temporary)
        unlink(path)
        throw error
      }
    } catch {
      throw .system(error)
    }
  }

  /// Drops results that were kept together and that the manager has, or does not want.
  /// - Parameter attempt: that of the first of them.
  func drop(startingWith attempt: AttemptID) { unlink("\(spool)/\(attempt)") }

  /// The results that were kept, those that were kept together in their order; what cannot be read
  /// is given as an error.
  func kept() throws(RunnerError) -> [Result<[RunEnd], RunnerError>] {
    try attempts(in: spool).map { attempt in
      let file = "\(spool)/\(attempt)"
      do throws(SystemError) {
        let bytes = try readFile(file)
        return Result { () throws(RunnerError) in try Self.ends(in: bytes, file: file) }
      } catch {
        return .failure(.system(error))
      }
    }
  }

  private static func ends(in bytes: [UInt8], file: String) throws(RunnerError) -> [RunEnd] {
    var ends: [RunEnd] = []
    for line in bytes.split(separator: newline, omittingEmptySubsequences: false).dropLast() {
      do throws(JSONError) {
        ends.append(try RunEnd(decoding: Array(line)))
      } catch {
        throw .malformed(file: file, reason: "\(error.message) at byte \(error.offset)")
      }
    }
    if ends.isEmpty { throw .malformed(file: file, reason: "it has no whole line") }
    return ends
  }

  private static let newline = UInt8(ascii: "\n")

  /// Removes what a predecessor did not finish writing. Only for the holder of the lock.
  func removeUnfinished() throws(RunnerError) {
    for directory in [journal, spool] {
      let listing = try Directory(named: directory).listing()
      while let name = listing.next() {
        let name = String(cString: name)
        if name.hasSuffix(Self.unfinished) { unlink("\(directory)/\(name)") }
      }
    }
  }

  private static let unfinished = ".tmp"

  /// The attempts that a directory has files of, in their order; other files are left alone.
  private func attempts(in directory: String) throws(RunnerError) -> [AttemptID] {
    let listing = try Directory(named: directory).listing()
    var attempts: [AttemptID] = []
    while let name = listing.next() {
      if let number = UInt64(String(cString: name)) { attempts.append(AttemptID(number)) }
    }
    return attempts.sorted()
  }
}
