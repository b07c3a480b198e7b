import Glibc
import Jobs
import Platform
import Synchronization

/// Does what may block for one attempt, on a queue of its own, or after others whose commands are
/// over: a hung file system holds up nobody else.
actor Workbench {
  nonisolated let lane: Lane
  nonisolated var unownedExecutor: UnownedSerialExecutor { lane.unownedExecutor }

  private let isCalledOff = Atomic<Bool>(false)
  private let order: RunOrder
  private let mark: AttemptMark
  private let configuration: HostConfiguration
  private let state: StateDirectory
  private let journal: JournalSlot
  /// Where the command's process is to note itself; nil before there is an entry, and after the
  /// launch.
  private var openJournal: Descriptor?
  private let bootID: String
  /// There may be directories that were begun but not finished: by a predecessor that was killed,
  /// or by us, when something failed.
  private var mayBeHalfMade: Bool
  private var workspace: Workspace?
  private var isPrepared = false
  /// The attempt's own, once its command has entered it; nil for the way by `/proc`.
  private var cgroup: AttemptCgroup?
  /// Why there is none though there was to be.
  private var cgroupProblem: SystemError?

  init(
    _ order: RunOrder, incarnation: Incarnation, bootID: String, journal: JournalSlot,
    configuration: HostConfiguration, lane: Lane = Lane()
  ) {
    self.init(
      order, AttemptMark(attempt: order.attempt, incarnation: incarnation), bootID, journal,
      configuration, lane)
  }

  private init(
    _ order: RunOrder, _ mark: AttemptMark, _ bootID: String, _ journal: JournalSlot,
    _ configuration: HostConfiguration, _ lane: Lane, workspace: Workspace? = nil,
    cgroup: AttemptCgroup? = nil
  ) {
    self.lane = lane
    self.order = order
    self.mark = mark
    self.configuration = configuration
    self.journal = journal
    self.bootID = bootID
    self.workspace = workspace
    self.cgroup = cgroup
    mayBeHalfMade = false
    state = StateDirectory(configuration.stateDirectory)
  }

  /// Takes up what a predecessor left.
  init(
    recovering entry: JournalEntry, journal: JournalSlot, configuration: HostConfiguration
  ) {
    lane = Lane()
    order = entry.order
    let mark = AttemptMark(attempt: entry.order.attempt, incarnation: entry.incarnation)
    self.mark = mark
    cgroup = configuration.cgroupRoot.map { AttemptCgroup(of: mark, below: $0) }
    self.configuration = configuration
    self.journal = journal
    bootID = entry.bootID
    mayBeHalfMade = true
    state = StateDirectory(configuration.stateDirectory)
    if let paths = entry.order.workspace, let identity = entry.directory {
      workspace = Workspace(paths: paths, identity: identity)
    }
  }

  /// Where the command runs.
  var directory: String { workspace?.paths.cwd ?? WorkspacePaths.absolute(order.spec.cwd) }

  // MARK: Before

  /// Makes the directories. The journal knows of them before, so that a successor finds also what
  /// was half made.
  func prepare() throws(NotStarted) {
    try NotStarted.check(order.spec)
    let entry = JournalEntry(order: order, incarnation: mark.incarnation, bootID: bootID)
    let open: Descriptor
    do throws(RunnerError) {
      open = try journal.begin(entry)
    } catch {
      throw NotStarted(.release(.start), error.description)
    }
    do throws(NotStarted) {
      try makeDirectories(noting: open)
    } catch {
      journal.unlock(open)
      throw error
    }
    openJournal = consume open
    isPrepared = true
  }

  private func makeDirectories(noting open: borrowing Descriptor) throws(NotStarted) {
    do throws(RunnerError) {
      try BaseDirectory.make(WorkspacePaths.absolute(order.spec.cwd))
      if let paths = order.workspace { workspace = try Workspace(making: paths) }
    } catch {
      if case .system = error { mayBeHalfMade = true }
      throw NotStarted(error.isPassing ? .release(.start) : .bury(.cwd), error.description)
    }
    if let workspace {
      do throws(RunnerError) {
        try journal.note(directory: workspace.identity, in: open)
      } catch {
        throw NotStarted(.release(.start), error.description)
      }
    }
  }

  /// What the job's command is started with.
  private var environment: JobEnvironment {
    guard workspace == nil, order.spec.bsubMode.isEmpty else { return makeEnvironment() }
    let kind = Lane.EnvironmentKind(
      base: order.baseEnvironment, own: order.spec.environment, directory: directory)
    if let known = lane.assumeIsolated({ $0.environment(kind, of: mark) }) { return known }
    let environment = makeEnvironment()
    lane.assumeIsolated { $0.remember(environment, kind) }
    return environment
  }

  private func makeEnvironment() -> JobEnvironment {
    var environment = JobEnvironment(
      base: order.baseEnvironment ?? configuration.environment, order: order, mark: mark,
      additions: configuration.additions, directory: directory, workspace: workspace?.paths)
    if let path = configuration.executableDirectory { environment.appendToPath(path) }
    if !order.spec.bsubMode.isEmpty { lsfCommands.enter(&environment, of: order.spec) }
    return environment
  }

  private var lsfCommands: LSFCommands {
    LSFCommands(directory: configuration.stateDirectory + "/lsf")
  }

  /// The job's command, started.
  struct Launch: ~Copyable, Sendable {
    let start: RunStart
    let clock: Stopwatch
    let progress: Progress
    /// The unique directory, for measuring; nil if there is none.
    let workspace: Workspace?
    /// What it has entered; nil for the way by `/proc`.
    let cgroup: AttemptCgroup?
    /// Why it has entered none though it was to.
    let cgroupProblem: SystemError?
  }

  /// How far a command has come when its launch returns.
  enum Progress: ~Copyable, Sendable {
    case running(LaunchedCommand, ProcessRoot)
    /// It is over, and nothing of it is left to be ended or reaped. What else there is to be done
    /// for the attempt is the new workbench's: in the lane the next may have started.
    case over(BriefCommand, ProcessEnd?, Remains, Workbench?)
  }

  /// Has the launch not begin, if nothing was begun yet. May be called from anywhere.
  nonisolated func callOff() { isCalledOff.store(true, ordering: .relaxed) }

  /// Starts the job's command, and sees to its end if that comes at once. Prepares it first, if that
  /// was not done: each call from another executor costs two changes of thread. The lane must expect
  /// it.
  /// - Returns: nil if the lane is taken, or it was called off; then nothing was done.
  func launch() throws(NotStarted) -> Launch? {
    lane.begin()
    if lane.isTaken { return nil }
    // What was prepared already belongs to this workbench: it is ended once it runs.
    if !isPrepared, isCalledOff.load(ordering: .relaxed) { return nil }
    do throws(NotStarted) {
      if !isPrepared { try prepare() }
      let command = try launchCommand()
      let (pid, clock) = (command.process.pid, command.clock)
      return Launch(
        start: RunStart(attempt: order.attempt, pid: Int(pid), startedAt: clock.startedAt),
        clock: clock, progress: progress(of: command), workspace: workspace, cgroup: cgroup,
        cgroupProblem: cgroupProblem)
    } catch {
      // What was begun is cleared away here.
      lane.assumeIsolated { $0.take() }
      throw error
    }
  }

  private func progress(of command: consuming LaunchedCommand) -> Progress {
    let pid = command.process.pid
    // In doubt nothing is ended here: others wait in the lane.
    guard !ContainerWatch.isWanted(by: order.spec),
      let brief = BriefCommand(command, unless: { !leftNothing(startedAfter: pid) })
    else {
      lane.assumeIsolated { $0.take() }
      return .running(command, root(of: pid))
    }
    let end = try? reap(pid)
    var remains = Remains()
    measure(&remains)
    let hasMore = workspace != nil || cgroup != nil || !order.spec.behaviours.isEmpty
    let successor =
      hasMore
      ? Workbench(
        order, mark, bootID, journal, configuration, Lane(), workspace: workspace, cgroup: cgroup)
      : nil
    if lane.isFull { SerialQueueExecutor.deferWake() }
    return .over(brief, end, remains, successor)
  }

  /// The process just started. It is not reaped, so its number is its own; if its start cannot be read
  /// now, it is for want of descriptors.
  func root(of pid: Int32) -> ProcessRoot {
    let limit = Instant.now + Teardown.patience
    var root = ProcessRoot(of: pid, mark: mark)
    while root.identity.startTicks == 0, Instant.now < limit {
      usleep(20_000)
      root = ProcessRoot(of: pid, mark: mark)
    }
    return root
  }

  private func launchCommand() throws(NotStarted) -> LaunchedCommand {
    guard let open = openJournal.take() else {
      throw NotStarted(.release(.start), "the attempt's command was started already")
    }
    do throws(NotStarted) {
      let command = try launchCommand(noting: journal.processMark(in: open))
      journal.unlock(open)
      return command
    } catch {
      journal.unlock(open)
      throw error
    }
  }

  private func launchCommand(noting note: SpawnJournal) throws(NotStarted) -> LaunchedCommand {
    do throws(SystemError) {
      if !order.spec.bsubMode.isEmpty { try lsfCommands.make(to: try executablePath()) }
      let entrance = makeCgroup()
      defer { if let entrance { Glibc.close(entrance) } }
      let command = try LaunchedCommand(
        try shellCommand(), environment: environment, directory: directory, journal: note,
        cgroup: entrance, tag: mark.tag, scratchDirectory: configuration.stateDirectory,
        find: { name, searchPath in
          lane.assumeIsolated { $0.findShell(name, searchPath: searchPath) }
        })
      if let problem = command.process.cgroupProblem { giveUpCgroup(problem) }
      return command
    } catch  where error.code == E2BIG {
      // A later try would end the same way.
      throw NotStarted(
        .bury(.start), "the command or the environment is longer than Linux allows: \(error)")
    } catch {
      throw NotStarted(.release(.start), error.description)
    }
  }

  /// Makes the attempt's control group, if it is to have one.
  /// - Returns: where the command enters it, to be closed; nil if it does not.
  private func makeCgroup() -> Int32? {
    guard let root = configuration.cgroupRoot else { return nil }
    let group = AttemptCgroup(of: mark, below: root)
    do throws(SystemError) {
      let needed = Double(order.requirements.memory.count)
      try group.make(
        limit: configuration.memoryFactor.map { Megabytes(Int((needed * $0).rounded(.up))) })
      cgroup = group
      return try group.openEntrance().release()
    } catch {
      giveUpCgroup(error)
      return nil
    }
  }

  private func giveUpCgroup(_ problem: SystemError) {
    cgroupProblem = problem
    try? cgroup?.remove()
    cgroup = nil
  }

  private func shellCommand() throws(SystemError) -> ShellCommand {
    guard ContainerCommand.isWanted(order.spec) else {
      return ShellCommand(of: order.spec, shell: configuration.shell)
    }
    try state.write(command: order.spec.cmd, attempt: order.attempt)
    return ShellCommand(
      of: order.spec, shell: configuration.shell,
      container: ContainerCommand(file: state.commandFile(order.attempt), key: order.key))
  }

  // MARK: Containers

  /// Where the job's container engine listens.
  /// - Throws: `EngineError` if there cannot be one.
  func engineSocket() throws(EngineError) -> String {
    let environment = environment
    if !order.spec.withDocker.isEmpty,
      findExecutable("docker", searchPath: environment["PATH"] ?? "") == nil
    {
      throw EngineError("there is no docker in PATH")
    }
    return try ContainerEngine.socket(host: environment["DOCKER_HOST"])
  }

  /// The container ids in files that the job's client writes.
  func containerIDs(in file: String) -> [String] { ContainerFiles.ids(file, in: directory) }

  // MARK: After

  /// What is found once the command's own process has ended.
  struct Remains: Sendable {
    /// The processor time of what it had left running.
    var cpuTime: Duration = .zero
    var disk: Megabytes = 0
    /// What could not be ended.
    var survivors: [Int32] = []
    /// There may be more, which could not be looked for.
    var isUncertain = false
    /// What the kernel counted in the attempt's control group.
    var cgroup: CgroupReading?
  }

  /// Ends what a command has left running.
  /// - Parameter measuring: also what it has left in its directories is found.
  func clearUp(
    _ root: ProcessRoot, known: Set<ProcessIdentity>, others: Set<Int32>, isYoung: Bool,
    measuring: Bool
  ) -> Remains {
    var remains = Remains()
    if !isYoung || !leftNothing(startedAfter: root.identity.pid) {
      var teardown = Teardown(
        of: root, known: known, host: getpid(), others: others, cgroup: cgroup)
      remains.survivors = teardown.endLeftovers(isYoung: isYoung)
      remains.cpuTime = teardown.cpuTime
      remains.isUncertain = teardown.isUncertain
    }
    if measuring { measure(&remains) }
    return remains
  }

  /// Whether a look tells that the command left nothing running, as most often.
  private func leftNothing(startedAfter pid: Int32) -> Bool {
    (cgroup?.processes.isEmpty ?? true) && ProcessScan.isNothing(startedAfter: pid, of: mark)
  }

  private func measure(_ remains: inout Remains) {
    remains.disk = workspace?.usage(until: .now + .seconds(2)) ?? 0
    remains.cgroup = cgroup?.read()
  }

  /// Ends the command and all it has started.
  func kill(
    _ root: ProcessRoot, known: Set<ProcessIdentity>, others: Set<Int32>
  ) -> Remains {
    var teardown = Teardown(of: root, known: known, host: getpid(), others: others, cgroup: cgroup)
    let survivors = teardown.endAll()
    return Remains(
      cpuTime: teardown.cpuTime, disk: 0, survivors: survivors,
      isUncertain: teardown.isUncertain)
  }

  /// Notes that behaviours begin, so that a successor does not run them again.
  func noteBehaving() throws(RunnerError) {
    try journal.noteBehaving()
  }

  /// Starts the command of a behaviour, in the runner host's environment, which lacks the attempt's
  /// mark: the tag alone tells what belongs to it.
  func launch(behaviour text: String) throws(SystemError) -> LaunchedCommand {
    var environment = JobEnvironment(base: configuration.environment)
    environment.set("PWD", directory)
    return try LaunchedCommand(
      ShellCommand(behaviour: text), environment: environment, directory: directory,
      journal: nil, tag: mark.tag, scratchDirectory: configuration.stateDirectory)
  }

  /// Removes the unique directory, if there is one.
  func cleanUp() throws(RunnerError) {
    try onceThereAreDescriptors { () throws(RunnerError) in try workspace?.remove() }
  }

  /// Does it again for some time if it was short of descriptors or memory: nobody else would, and
  /// what is not removed now stays.
  private func onceThereAreDescriptors(_ body: () throws(RunnerError) -> Void) throws(RunnerError) {
    let limit = Instant.now + Teardown.patience
    while true {
      do throws(RunnerError) { return try body() } catch {
        guard error.isShortage, Instant.now < limit else { throw error }
        usleep(50_000)
      }
    }
  }

  /// Removes what only the command needed, and the journal's entry: nothing is left to do.
  /// - Parameters:
  ///   - wasStarted: what a command that never ran cannot have filled goes altogether.
  ///   - cleaningUp: whether also the unique directory goes.
  func close(wasStarted: Bool, cleaningUp: Bool) throws(RunnerError) {
    if let open = openJournal.take() { journal.unlock(open) }
    defer { journal.close() }
    state.removeCommand(order.attempt)
    // An empty control group in the way does no harm, files left do.
    let leftCgroup = Result { () throws(SystemError) in try cgroup?.remove() }
    try onceThereAreDescriptors { () throws(RunnerError) in
      if cleaningUp {
        try workspace?.remove()
      } else if wasStarted {
        try workspace?.removeTemporary()
      } else if let workspace {
        try workspace.remove()
      } else if mayBeHalfMade, let paths = order.workspace {
        try Workspace.removeUnfinished(paths)
      }
    }
    if case .failure(let error) = leftCgroup { throw .system(error) }
  }
}
