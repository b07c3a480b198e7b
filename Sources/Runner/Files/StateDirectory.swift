import Glibc
import Jobs
import Platform

/// The files of a runner host: its lock, its journal and the results it still owes the manager.
/// Its calls block.
///
///     lock
///     journal/SLOT      see `JournalEntry`
///     spool/SLOT        `RunEnd`s that were kept together, a line each, until the manager has
///                       acknowledged all of them
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

  func journalSlot(_ number: Int) -> JournalSlot { JournalSlot(number, in: journal) }

  /// All entries, by slot; what cannot be read is given as an error. Processes that a predecessor
  /// was about to start when it was killed are waited for.
  ///
  /// - Parameter deadline: until when, in case that one of them is stuck.
  func entries(until deadline: Instant) throws(RunnerError) -> [Slot<JournalEntry>] {
    try slots(in: journal) { number throws(RunnerError) in
      try journalSlot(number).entry(until: deadline)
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

  private func spoolSlot(_ number: Int) -> SlotFile {
    SlotFile(path: "\(spool)/\(number)", marks: 0)
  }

  /// Keeps results that ended together, in a slot that is free. They survive a crash of the machine.
  func keep(_ ends: [RunEnd], in number: Int) throws(RunnerError) {
    let slot = spoolSlot(number)
    var lines: [UInt8] = []
    for end in ends {
      lines += end.encoded()
      lines.append(Self.newline)
    }
    do throws(SystemError) {
      let isNew = access(slot.path, F_OK) != 0
      let file = try slot.write(lines)
      guard fdatasync(file.number) == 0 else { throw SystemError(operation: "sync \(slot.path)") }
      if isNew { try syncDirectory(spool) }
    } catch {
      slot.clear()
      throw .system(error)
    }
  }

  /// Drops results that were kept together and that the manager has, or does not want.
  func drop(_ number: Int) { spoolSlot(number).clear() }

  /// The results that were kept, by slot, those that were kept together in their order; what cannot
  /// be read is given as an error.
  func kept() throws(RunnerError) -> [Slot<[RunEnd]>] {
    try slots(in: spool) { number throws(RunnerError) in
      let slot = spoolSlot(number)
      return try slot.read().map { content throws(RunnerError) in
        try Self.ends(in: content.bytes, file: slot.path)
      }
    }
  }

  private static func ends(in bytes: [UInt8], file: String) throws(RunnerError) -> [RunEnd] {
    var ends: [RunEnd] = []
    for line in bytes.split(separator: newline) {
      do throws(JSONError) {
        ends.append(try RunEnd(decoding: Array(line)))
      } catch {
        throw .malformed(file: file, reason: "\(error.message) at byte \(error.offset)")
      }
    }
    return ends
  }

  private static let newline = UInt8(ascii: "\n")

  // MARK: Slots

  /// A slot that is in use.
  struct Slot<Content> {
    var number: Int
    var content: Result<Content, RunnerError>
  }

  /// What the slots of a directory hold, in the order of their numbers; other files are left alone.
  private func slots<Content>(
    in directory: String, _ read: (Int) throws(RunnerError) -> Content?
  ) throws(RunnerError) -> [Slot<Content>] {
    var slots: [Slot<Content>] = []
    for number in try numbers(in: directory) {
      do throws(RunnerError) {
        if let content = try read(number) {
          slots.append(Slot(number: number, content: .success(content)))
        }
      } catch {
        slots.append(Slot(number: number, content: .failure(error)))
      }
    }
    return slots
  }

  private func numbers(in directory: String) throws(RunnerError) -> [Int] {
    let listing = try Directory(named: directory).listing()
    var numbers: [Int] = []
    while let name = listing.next() {
      if let number = Int(String(cString: name)), number >= 0 { numbers.append(number) }
    }
    return numbers.sorted()
  }

  /// Removes the files of slots that are free, while nobody uses any. Only for the holder of the
  /// lock.
  func removeFreeSlots() throws(RunnerError) {
    for directory in [journal, spool] {
      for number in try numbers(in: directory) {
        let path = "\(directory)/\(number)"
        if (try? SlotFile(path: path, marks: 0).isFree()) == true { unlink(path) }
      }
    }
  }
}
