import Glibc
import Platform

/// A command that was started, and our ends of its pipes.
struct LaunchedCommand: ~Copyable, Sendable {
  let process: SpawnedProcess
  let stdout: Descriptor
  let stderr: Descriptor
  /// Begins just before the spawn.
  let clock: Stopwatch

  /// Starts a command. Blocks until it runs, see `spawn`.
  /// - Parameters:
  ///   - input: what it reads on stdin; nil for `/dev/null`.
  ///   - cgroup: see `spawn`.
  ///   - tag: of all its processes.
  ///   - scratchDirectory: where `input` may lie, without a name, while it is read.
  ///   - find: looks for the program in a value of `PATH`.
  init(
    _ command: ShellCommand, environment: JobEnvironment, directory: String,
    journal: SpawnJournal?, cgroup: Int32? = nil, tag: ProcessTag? = nil, scratchDirectory: String,
    find: (_ name: String, _ searchPath: String) -> String? = findExecutable
  ) throws(SystemError) {
    let name = command.arguments.first ?? ""
    guard let path = find(name, environment["PATH"] ?? "/usr/bin:/bin") else {
      throw SystemError(code: ENOENT, operation: "find \(name) in PATH")
    }
    let byShell = SpawnPlan(
      path: path, arguments: command.arguments, environment: environment.entries,
      directory: directory)
    let direct = DirectCommand(
      command, shell: path, environment: environment, directory: directory)
    let input = try Self.input(command.input, scratchDirectory)
    let output = try makePipe()
    let stdout = Descriptor(owning: output.reading)
    // The command's ends are closed here when this returns, so that its own are the last.
    let outputEnd = Descriptor(owning: output.writing)
    let errors = try makePipe()
    let stderr = Descriptor(owning: errors.reading)
    let errorEnd = Descriptor(owning: errors.writing)
    let clock = Stopwatch()
    let standard = (Self.number(of: input), outputEnd.number, errorEnd.number)
    func start(_ plan: SpawnPlan) throws(SystemError) -> SpawnedProcess {
      var plan = plan
      plan.tag = tag
      return try spawn(plan, standard: standard, journal: journal, cgroup: cgroup)
    }
    let process = try Self.start(byShell, direct, start)
    self.clock = clock
    self.process = process
    self.stdout = stdout
    self.stderr = stderr
  }

  /// What cannot be executed is bash's to judge, so that its words and its exit code are seen.
  private static func start(
    _ byShell: SpawnPlan, _ direct: DirectCommand?,
    _ start: (SpawnPlan) throws(SystemError) -> SpawnedProcess
  ) throws(SystemError) -> SpawnedProcess {
    guard let direct else { return try start(byShell) }
    let plan = SpawnPlan(
      path: direct.path, arguments: direct.arguments, environment: direct.environment,
      directory: byShell.directory)
    do throws(SystemError) {
      return try start(plan)
    } catch {
      return try start(byShell)
    }
  }

  /// - Returns: nil for `nothing`.
  private static func input(_ text: String?, _ directory: String) throws(SystemError) -> Descriptor?
  {
    guard let text else { return nothing < 0 ? try openNothing() : nil }
    // A pipe would block on a long text, and a named file would outlive a crash.
    let path = "\(directory)/input.\(UInt64.random(in: 0 ... .max))"
    let file = try openFile(path, O_RDWR | O_CREAT | O_EXCL)
    unlink(path)
    try writeAll(Array(text.utf8), to: file.number, path: path)
    guard lseek(file.number, 0, SEEK_SET) == 0 else { throw SystemError(operation: "seek \(path)") }
    return file
  }

  private static func number(of input: borrowing Descriptor?) -> Int32 {
    switch input {
    case .some(let file): file.number
    case .none: nothing
    }
  }

  /// `/dev/null`, as most commands need it; -1 if it could not be opened.
  private static let nothing: Int32 = (try? openNothing().release()) ?? -1

  private static func openNothing() throws(SystemError) -> Descriptor {
    try openFile("/dev/null", O_RDONLY)
  }
}
