import CLinux
import Glibc

/// How a process is started.
public struct SpawnPlan: Sendable {
  /// The executable's path; not looked up in `PATH` (see `findExecutable`).
  public var path: String
  /// With the name of the command as its first.
  public var arguments: [String]
  /// `NAME=value` entries: the whole environment.
  public var environment: [String]
  /// nil for the working directory of this process.
  public var directory: String?
  /// In a session of its own, which is also a process group of its own.
  public var newSession = true
  /// What all its descendants are known by; nil for nothing.
  public var tag: ProcessTag?

  public init(path: String, arguments: [String], environment: [String], directory: String? = nil) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }
}

/// A mark that a process hands down to all its descendants, whatever they do to their environment,
/// session or parent: their soft limit of real-time scheduling (`RLIMIT_RTTIME`, setrlimit(2)), far
/// above what could ever have an effect.
public struct ProcessTag: Hashable, Sendable {
  /// The limit, as `/proc/PID/limits` shows it.
  public let limit: UInt64

  /// - Parameter number: of which the lower 62 bits count.
  public init(_ number: UInt64) { limit = 1 << 62 | number & (1 << 62 - 1) }

  /// The tag of a process, ended or not; nil if it has none, or is not ours to ask (prlimit(2)).
  public init?(of pid: pid_t) {
    let limit = clinux_real_time_limit(pid)
    guard limit >> 62 == 1 else { return nil }
    self.limit = limit
  }

  /// Gives this process the tag, and with it all that it starts until they get one of their own. Where
  /// that is not allowed it has none.
  public func tagSelf() { clinux_tag_self(limit) }
}

/// Raises this process's limit of open files as far as it goes. Processes it starts get the former
/// one: programs that use select(2) cannot bear more than 1024.
public func raiseDescriptorLimit() throws(SystemError) {
  guard clinux_raise_descriptor_limit() == 0 else {
    throw SystemError(operation: "raise the limit of open files")
  }
}

/// Where a child writes its own pid, and when it does so, before it becomes the command.
public struct SpawnJournal {
  /// An open file.
  public var descriptor: Int32
  /// Where in it the line begins.
  public var offset: Int
  /// What precedes `pid ticks` on the line; at most 128 bytes. The ticks are of the clock of
  /// `startTicks(of:)`.
  public var prefix: String

  public init(descriptor: Int32, offset: Int, prefix: String) {
    self.descriptor = descriptor
    self.offset = offset
    self.prefix = prefix
  }
}

/// A child process that was started.
public struct SpawnedProcess: ~Copyable, Sendable {
  public let pid: pid_t
  /// Readable once the process has ended; names it whoever gets its number later.
  public let handle: Descriptor
  /// Why it is not in the control group it was to be started in; nil if it is, or if there was to
  /// be none.
  public let cgroupProblem: SystemError?

  /// Gives up the parts.
  public consuming func take() -> (pid: pid_t, handle: Int32) {
    (pid, handle.release())
  }
}

/// Starts a process and returns once it has become the command. Blocks for that long (on a hung
/// file system: as long as that hangs), so callers have an executor of their own for it.
///
/// All its signals are at their defaults; of our descriptors it gets only the three.
///
/// - Parameters:
///   - standard: what descriptors 0, 1 and 2 become; borrowed.
///   - journal: written before the command can do anything; if that fails it is not run.
///   - cgroup: a control group's `cgroup.procs`, open for writing, which the process enters before
///     it does anything; borrowed. If that fails the command is run all the same.
/// - Throws: `SystemError` with the step that failed; nothing runs then.
public func spawn(
  _ plan: SpawnPlan, standard: (Int32, Int32, Int32), journal: SpawnJournal? = nil,
  cgroup: Int32? = nil
) throws(SystemError) -> SpawnedProcess {
  let arguments = CStrings(plan.arguments)
  let environment = CStrings(plan.environment)
  var (pid, handle, step, cgroupError): (pid_t, Int32, Int32, Int32) = (0, -1, 0, 0)
  let error = plan.path.withCString { path in
    (plan.directory ?? "").withCString { directory in
      (journal?.prefix ?? "").withCString { prefix in
        var raw = clinux_spawn_plan(
          path: path, argv: arguments.pointers, envp: environment.pointers,
          directory: plan.directory == nil ? nil : directory, standard: standard,
          new_session: plan.newSession ? 1 : 0, journal: journal?.descriptor ?? -1,
          journal_offset: off_t(journal?.offset ?? 0), journal_prefix: prefix,
          cgroup: cgroup ?? -1, tag: plan.tag?.limit ?? 0)
        return clinux_spawn(&raw, &pid, &handle, &step, &cgroupError)
      }
    }
  }
  guard error == 0 else {
    let operation =
      switch UInt32(step) {
      case CLINUX_SPAWN_DESCRIPTORS.rawValue: "pass descriptors to \(plan.path)"
      case CLINUX_SPAWN_DIRECTORY.rawValue: "change directory to \(plan.directory ?? "")"
      case CLINUX_SPAWN_JOURNAL.rawValue: "write the journal for \(plan.path)"
      case CLINUX_SPAWN_EXEC.rawValue: "execute \(plan.path)"
      default: "start a process"
      }
    throw SystemError(code: error, operation: operation)
  }
  return SpawnedProcess(
    pid: pid, handle: Descriptor(owning: handle),
    cgroupProblem: cgroupError == 0
      ? nil : SystemError(code: cgroupError, operation: "enter the cgroup"))
}

/// The first executable file called `name` in the directories of `searchPath` (colons between
/// them); `name` itself if it holds a slash; nil if there is none.
public func findExecutable(_ name: String, searchPath: String) -> String? {
  if name.utf8.contains(UInt8(ascii: "/")) { return name }
  for directory in searchDirectories(searchPath) {
    let path = directory.isEmpty ? "./\(name)" : "\(directory)/\(name)"
    var status = stat()
    if access(path, X_OK) == 0, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      return path
    }
  }
  return nil
}

/// The directories of a value of `PATH`; an empty one means the working directory.
public func searchDirectories(_ searchPath: String) -> [Substring] {
  // By bytes, which is ten times as fast as by characters.
  searchPath.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    .map { Substring($0) }
}

/// A NULL-terminated array of C strings that lives as long as this object.
final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  /// All texts, each with its NUL.
  private let texts: UnsafeMutablePointer<CChar>

  init(_ strings: [String]) {
    pointers = .allocate(capacity: strings.count + 1)
    texts = .allocate(capacity: strings.reduce(0) { $0 + $1.utf8.count + 1 })
    var end = texts
    for (index, string) in strings.enumerated() {
      (pointers + index).initialize(to: end)
      string.withCString { text in
        let size = string.utf8.count + 1
        end.initialize(from: text, count: size)
        end += size
      }
    }
    (pointers + strings.count).initialize(to: nil)
  }

  deinit {
    texts.deallocate()
    pointers.deallocate()
  }
}
