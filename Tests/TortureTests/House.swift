import Glibc
import HTTP
import Platform
import Support

/// The directory, ports and processes of a manager under torture.
final class House: Sendable {
  /// Everything is in it; a small file system, where one may be mounted, is the manager's part.
  let directory: TemporaryDirectory
  /// Whether the manager's files are on a file system of their own, which can be filled.
  let hasOwnDisk: Bool
  let webPort: UInt16
  private let managerPort: UInt16
  private let executable: String
  private let small: Small?

  var ledgerFile: String { directory.file("ledger") }
  /// What managers said on their standard output and error, and what they logged.
  private var outputFile: String { directory.file("output") }
  private var logFile: String { "\(files)/log" }
  /// Where jobs have their working directories.
  var workDirectory: String { directory.file("work") }
  /// The manager's files.
  var files: String { "\(managerDirectory)_production" }
  private var managerDirectory: String {
    small == .everything ? "\(disk)/wr" : directory.file("wr")
  }
  private var disk: String { directory.file("disk") }
  private var databaseFile: String { small == .database ? "\(disk)/db" : "\(files)/db" }
  private var fillerFile: String { "\(disk)/filler" }

  private static let diskMegabytes = 256

  /// What is to have its place on the small file system.
  enum Small { case everything, database }

  /// - Parameters:
  ///   - executable: nil for the `wr` that was built with the tests.
  ///   - small: nil for no small file system.
  init(executable: String?, small: Small?) throws {
    directory = TemporaryDirectory()
    self.executable = try executable ?? Self.builtExecutable()
    (managerPort, webPort) = (freePort(), freePort())
    let disk = directory.file("disk")
    hasOwnDisk =
      mkdir(disk, 0o700) == 0 && small != nil
      && mount("tmpfs", disk, "tmpfs", 0, "size=\(Self.diskMegabytes)m") == 0
    self.small = small
    for name in ["work", "marks"] { try makeDirectories(directory.file(name)) }
    _ = try openFile(ledgerFile, O_WRONLY | O_CREAT)
  }

  deinit {
    if hasOwnDisk { umount2(disk, Int32(MNT_DETACH)) }
  }

  /// The path of this program.
  static func ownPath() throws(SystemError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else {
      throw SystemError(operation: "read the path of this program")
    }
    return String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func builtExecutable() throws(SystemError) -> String {
    let path = "\(parentDirectory(of: try ownPath()))/wr"
    guard access(path, X_OK) == 0 else { throw SystemError(operation: "execute \(path)") }
    return path
  }

  // MARK: Processes

  /// Names this house in the environment of every process that comes of it.
  private var mark: String { "TORTURE=\(directory.path)" }

  private func environment(_ additions: [String]) -> [String] {
    ownEnvironment().filter { !$0.hasPrefix("WR_") && !$0.hasPrefix("HOME=") } + [
      mark, "HOME=\(directory.path)", "WR_MANAGERDIR=\(managerDirectory)",
      "WR_MANAGERDBFILE=\(databaseFile)", "WR_MANAGERDBBKFILE=\(databaseFile)_bk",
      "WR_MANAGERPORT=\(managerPort)", "WR_MANAGERWEB=\(webPort)", "LEDGER=\(ledgerFile)",
      "MARKS=\(directory.file("marks"))",
    ] + additions
  }

  /// Starts a `wr` command as a child; what it says is appended to the log of the torture.
  func start(_ arguments: [String], environment additions: [String] = []) throws -> SpawnedProcess {
    let null = try openFile("/dev/null", O_RDONLY)
    let output = try openFile(outputFile, O_WRONLY | O_CREAT | O_APPEND)
    return try spawn(
      SpawnPlan(
        path: executable, arguments: ["wr"] + arguments, environment: environment(additions)),
      standard: (null.number, output.number, output.number))
  }

  /// The runner hosts of this house.
  func hosts() throws -> [pid_t] {
    try processes().filter { process in
      (try? readFile("/proc/\(process)/cmdline"))
        .map { $0.starts(with: Array("wr\0runner\0".utf8)) } ?? false
    }
  }

  /// All processes that come of this house and have not ended.
  func processes() throws -> [pid_t] {
    try names(inDirectory: "/proc").compactMap { name in
      guard let pid = pid_t(name), pid != getpid(),
        let entries = try? readFile("/proc/\(pid)/environ")
      else { return nil }
      let mark = Array(mark.utf8)
      return entries.split(separator: 0).contains { $0.elementsEqual(mark) } ? pid : nil
    }
  }

  /// A connection to the manager, which must have been started once.
  func client(on reactor: Reactor) throws -> Client {
    Client(
      reactor: reactor, host: "127.0.0.1", port: webPort, serverName: "localhost",
      context: try TLSContext(authorityFile: "\(files)/ca.pem"),
      token: String(decoding: try readFile("\(files)/client.token"), as: UTF8.self))
  }

  /// The errors that the managers and runner hosts have reported, and the end of all they had to say.
  var words: String {
    [outputFile, logFile].map { file in
      let text = String(decoding: (try? readFile(file)) ?? [], as: UTF8.self)
      let errors = text.split(separator: "\n").filter { $0.contains(" error: ") }
      return "\(file):\n\(errors.suffix(300).joined(separator: "\n"))\n…\n\(text.suffix(8192))"
    }.joined(separator: "\n")
  }

  // MARK: The disk

  /// Leaves no space for the manager and its runner host.
  func fillDisk() throws {
    let filler = try openFile(fillerFile, O_WRONLY | O_CREAT | O_APPEND)
    for size in [1 << 20, 4096, 1] {
      let block = [UInt8](repeating: 1, count: size)
      while write(filler.number, block, size) > 0 {}
    }
  }

  func emptyDisk() { unlink(fillerFile) }
}
