import Jobs

/// What a runner host notes of one attempt while it goes on, so that its successor can clear up.
///
/// A file of lines, each complete or not there; the first two are there before anything is made:
///
///     order {…}            the order, as JSON
///     host INCARNATION BOOT
///     directory DEV INODE  the unique directory is whole
///     process PID TICKS    written by the process itself, before it becomes the command
///     behaving             its behaviours begin
struct JournalEntry: Hashable, Sendable {
  var order: RunOrder
  var incarnation: Incarnation
  var bootID: String
  var directory: FileIdentity?
  var process: ProcessIdentity?
  /// Its behaviours were begun, so they are not begun again.
  var isBehaving = false

  init(order: RunOrder, incarnation: Incarnation, bootID: String) {
    self.order = order
    self.incarnation = incarnation
    self.bootID = bootID
  }

  /// Reads a journal file.
  /// - Throws: `RunnerError.malformed` if it has no readable beginning. What follows the last
  ///   newline was never completed, and is ignored.
  init(decoding bytes: [UInt8], file: String) throws(RunnerError) {
    var order: RunOrder?
    var host: [Substring] = []
    var directory: FileIdentity?
    var process: ProcessIdentity?
    var isBehaving = false
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    {
      let text = String(decoding: line, as: UTF8.self)
      let words = text.split(separator: " ")
      switch words.first {
      case "order":
        do throws(JSONError) {
          order = try RunOrder(decoding: Array(line.dropFirst("order ".utf8.count)))
        } catch {
          throw .malformed(file: file, reason: "the order: \(error.message)")
        }
      case "host": host = Array(words.dropFirst())
      case "directory":
        if words.count == 3, let device = UInt64(words[1]), let inode = UInt64(words[2]) {
          directory = FileIdentity(device: device, inode: inode)
        }
      case "process":
        if words.count == 3, let pid = Int32(words[1]), let ticks = UInt64(words[2]) {
          process = ProcessIdentity(pid: pid, startTicks: ticks)
        }
      case "behaving": isBehaving = true
      default: break
      }
    }
    guard let order, host.count == 2 else {
      throw .malformed(file: file, reason: "it does not begin with an order and a host")
    }
    self.init(order: order, incarnation: Incarnation(String(host[0])), bootID: String(host[1]))
    self.directory = directory
    self.process = process
    self.isBehaving = isBehaving
  }

  /// The lines an entry begins with.
  var opening: [UInt8] {
    Array("order ".utf8) + order.encoded().filter { $0 != UInt8(ascii: "\n") }
      + Array("\nhost \(incarnation) \(bootID)\n".utf8)
  }

  static func directoryLine(_ identity: FileIdentity) -> [UInt8] {
    Array("directory \(identity.device) \(identity.inode)\n".utf8)
  }

  /// What the process writes before its number and start.
  static let processPrefix = "process "
  static let behavingLine = Array("behaving\n".utf8)
}
