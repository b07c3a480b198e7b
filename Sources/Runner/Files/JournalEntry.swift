import Glibc
import Jobs
import Platform

/// What a runner host notes of one attempt while it goes on, so that its successor can clear up.
///
/// The content of a slot, there before anything is made for the attempt, and its marks:
///
///     order {…}            the order, as JSON
///     host INCARNATION BOOT
///
///     directory DEV INODE  the unique directory is whole
///     process PID TICKS    written by the process itself, before it becomes the command, and when
///     behaving             its behaviours begin
struct JournalEntry: Hashable, Sendable {
  var order: RunOrder
  var incarnation: Incarnation
  var bootID: String
  var directory: FileIdentity?
  var process: NotedProcess?
  /// Its behaviours were begun, so they are not begun again.
  var isBehaving = false

  init(order: RunOrder, incarnation: Incarnation, bootID: String) {
    self.order = order
    self.incarnation = incarnation
    self.bootID = bootID
  }

  /// Reads the content of a slot.
  /// - Throws: `RunnerError.malformed` if it is none of ours.
  init(decoding content: SlotFile.Content, file: String) throws(RunnerError) {
    let lines = content.bytes.split(separator: UInt8(ascii: "\n"))
    let host = lines.last.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
    guard lines.count == 2, lines[0].starts(with: Self.orderPrefix), host.count == 3,
      host[0] == "host"
    else { throw .malformed(file: file, reason: "it is not an order and a host") }
    do throws(JSONError) {
      order = try RunOrder(decoding: Array(lines[0].dropFirst(Self.orderPrefix.count)))
    } catch {
      throw .malformed(file: file, reason: "the order: \(error.message)")
    }
    incarnation = Incarnation(String(host[1]))
    bootID = String(host[2])
    for mark in content.marks { read(mark: mark.split(separator: " ")) }
  }

  private mutating func read(mark words: [Substring]) {
    switch words.first {
    case "directory":
      if words.count == 3, let device = UInt64(words[1]), let inode = UInt64(words[2]) {
        directory = FileIdentity(device: device, inode: inode)
      }
    case "process":
      if words.count == 3, let pid = Int32(words[1]), let ticks = UInt64(words[2]) {
        process = NotedProcess(pid: pid, ticks: ticks)
      }
    case "behaving": isBehaving = true
    default: break
    }
  }

  private static let orderPrefix = Array("order ".utf8)

  fileprivate var content: [UInt8] {
    Self.orderPrefix + order.encoded() + Array("\nhost \(incarnation) \(bootID)\n".utf8)
  }
}

/// A process that noted itself. It had started by then, and whoever got its number later started
/// later.
struct NotedProcess: Hashable, Sendable {
  var pid: Int32
  /// When it did so, in clock ticks after boot.
  var ticks: UInt64

  /// The process, as far as it is still there. Blocks while that cannot be seen for want of
  /// descriptors, until the deadline.
  func identity(until deadline: Instant) -> ProcessIdentity {
    var isShort = false
    repeat {
      if isShort { usleep(20_000) }
      isShort = false
      if let stat = ProcessScan.stat(of: pid, orShort: &isShort), stat.startTicks <= ticks {
        return stat.identity
      }
    } while isShort && Instant.now < deadline
    return ProcessIdentity(pid: pid, startTicks: ticks)
  }
}

/// Where the journal keeps the entry of one attempt. Its calls block.
struct JournalSlot: Sendable {
  let number: Int
  private let file: SlotFile

  init(_ number: Int, in directory: String) {
    self.number = number
    // Those of low numbers are used by one short command after the other.
    file = SlotFile(
      path: "\(directory)/\(number)", marks: Mark.allCases.count,
      staysOpen: number < Self.mostOpen)
  }

  private static let mostOpen = 256

  /// What may be noted of an attempt, in the order of the marks.
  private enum Mark: Int, CaseIterable { case directory, process, behaving }

  /// Begins an entry, whole or not at all. The kernel keeps it over our death; it need not be
  /// synced, as no process lives on after the machine's.
  ///
  /// - Returns: where its process notes itself. It is locked until `unlock`, and should we be killed
  ///   before that, until a process that was being started, which inherits the lock, has become
  ///   the command or has ended.
  func begin(_ entry: JournalEntry) throws(RunnerError) -> Descriptor {
    do throws(SystemError) {
      let open = try file.write(entry.content)
      guard flock(open.number, LOCK_EX | LOCK_NB) == 0 else {
        throw SystemError(operation: "lock \(file.path)")
      }
      return open
    } catch {
      file.clear()
      throw .system(error)
    }
  }

  /// How the process notes itself.
  func processMark(in open: borrowing Descriptor) -> SpawnJournal {
    SpawnJournal(
      descriptor: open.number, offset: file.offset(ofMark: Mark.process.rawValue),
      prefix: "process ")
  }

  /// The command runs, or will not. Processes that are just being started have inherited the
  /// file, whichever their attempt is: closing it would leave them the lock.
  /// - Parameter open: what `begin` returned.
  func unlock(_ open: consuming Descriptor) {
    flock(open.number, LOCK_UN)
    file.keep(open)
  }

  /// The unique directory is whole.
  /// - Parameter open: what `begin` returned.
  func note(directory identity: FileIdentity, in open: borrowing Descriptor) throws(RunnerError) {
    do throws(SystemError) {
      try file.mark(
        Mark.directory.rawValue, "directory \(identity.device) \(identity.inode)\n", in: open)
    } catch {
      throw .system(error)
    }
  }

  /// Behaviours begin, so that a successor does not run them again.
  func noteBehaving() throws(RunnerError) {
    do throws(SystemError) {
      try file.mark(Mark.behaving.rawValue, "behaving\n")
    } catch {
      throw .system(error)
    }
  }

  /// Removes the entry: nothing of the attempt is left that would have to be cleared up.
  func close() { file.clear() }

  /// Reads the entry. A process that a predecessor was about to start when it was killed is waited
  /// for, as it notes itself.
  /// - Parameter deadline: until when, in case that it is stuck.
  /// - Returns: nil if the slot is free.
  func entry(until deadline: Instant) throws(RunnerError) -> JournalEntry? {
    do throws(SystemError) { try awaitUnlocking(until: deadline) } catch { throw .system(error) }
    guard let content = try file.read() else { return nil }
    return try JournalEntry(decoding: content, file: file.path)
  }

  private func awaitUnlocking(until deadline: Instant) throws(SystemError) {
    let open = try openFile(file.path, O_RDONLY)
    // Nobody tells when a lock is free within a time; it takes as long as an exec.
    while flock(open.number, LOCK_SH | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, Instant.now < deadline else {
        throw SystemError(operation: "lock \(file.path), whose process is about to start")
      }
      usleep(5000)
    }
  }
}

/// The slots of the journal, made when they are used first and used again.
struct JournalSlots: Sendable {
  private let state: StateDirectory
  private var numbers: SlotNumbers
  private var made: [Int: JournalSlot] = [:]

  /// - Parameter used: those that are in use already.
  init(_ state: StateDirectory, used: [Int] = []) {
    self.state = state
    numbers = SlotNumbers(used: used)
  }

  /// Takes a slot that is free.
  mutating func take() -> JournalSlot {
    let number = numbers.take()
    if let slot = made[number] { return slot }
    let slot = state.journalSlot(number)
    made[number] = slot
    return slot
  }

  /// Takes back a slot, which may be one that a predecessor has used.
  mutating func giveBack(_ slot: JournalSlot) {
    made[slot.number] = slot
    numbers.giveBack(slot.number)
  }
}
