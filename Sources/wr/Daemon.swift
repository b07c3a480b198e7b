import Glibc
import HTTP
import Jobs
import Manager
import Platform
import Web

/// The manager process: ties the store, the queue, the scheduler and the web service together, and
/// stays until it is told to go.
struct Daemon {
  private let configuration: Configuration
  private let log: Log

  /// How long running jobs have to end, and requests to finish, when the manager stops.
  private static let stopLimit = Duration.seconds(30)
  private static let requestGrace = Duration.seconds(5)
  private static let renewalInterval = Duration.seconds(24 * 3600)

  /// - Throws: if the log cannot be written.
  init(_ configuration: Configuration) throws {
    self.configuration = configuration
    guard configuration.scheduler == "local" else {
      throw StartError("scheduler \(configuration.scheduler) is not known; known is local")
    }
    try makeDirectories(configuration.directory, mode: 0o700)
    umask(mode_t(configuration.umask))
    log = try Log(appendingTo: configuration.logFile)
    try raiseDescriptorLimit()
  }

  /// The signals that end the manager in good order, and what they are called. The last leaves
  /// running jobs to the next manager; the others have them ended.
  private static let stopSignals = [
    SIGTERM: "SIGTERM", SIGINT: "SIGINT", Self.keepingSignal: "SIGUSR1",
  ]
  static let keepingSignal = SIGUSR1

  /// Runs until a signal to stop.
  ///
  /// - Parameter ready: told the sentences of a successful start once everything is served.
  /// - Returns: the exit code.
  func run(ready: @escaping @Sendable (String) -> Void) throws -> Int32 {
    guard let lock = try FileLock.acquire(configuration.lockFile) else {
      let holder = try RunningManager.find(configuration).map { " (pid \($0.pid))" } ?? ""
      throw StartError(
        "a manager is already running with the directory \(configuration.directory)\(holder)")
    }
    try removeTemporaries(in: configuration.directory)
    let reactor = try Reactor()
    do {
      try reactor.runUntilDone { try await serve(on: reactor, ready: ready) }
    } catch {
      log.error("\(error)")
      throw error
    }
    _ = consume lock
    return 0
  }

  private func serve(on reactor: Reactor, ready: @escaping @Sendable (String) -> Void) async throws
  {
    chdir("/")
    let (token, tokenWarning) = try Token.establish(at: configuration.tokenFile)
    if let tokenWarning { log.warning(tokenWarning) }
    let certificates = try prepareCertificates()
    for message in certificates.messages { log.info(message) }
    for warning in certificates.warnings { log.warning(warning) }
    let tls = try TLSContext(
      certificateFile: configuration.certificateFile, keyFile: configuration.keyFile)
    try writeFileAtomically(configuration.pidFile, Array("\(getpid())\n".utf8), mode: 0o644)
    defer { unlink(configuration.pidFile) }

    let web = WebActor(reactor: reactor, services: services(token), log: log)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let listeners = try listen(on: reactor)
      group.addTask {
        var failure: (any Error)?
        do {
          try await work(on: reactor, web: web, token: token, ready: ready)
        } catch {
          failure = error
        }
        await web.shutDown(grace: Self.requestGrace)
        if let failure { throw failure }
      }
      // Served from the first instant: those who ask too early are told so (decision 30).
      await web.run(listeners: listeners, tls: tls)
      try await group.waitForAll()
    }
    log.info("the manager has stopped")
  }

  /// Everything but the web service: reads what is stored, runs the queue and the scheduler, and
  /// returns when all of that is stopped in good order.
  private func work(
    on reactor: Reactor, web: WebActor, token: Token, ready: @Sendable (String) -> Void
  ) async throws {
    // Blocked here before the store starts the first further thread.
    let signals = try Signals(Array(Self.stopSignals.keys))
    let isProduction = configuration.deployment == .production
    let store = StoreActor(
      path: configuration.databaseFile, backupPath: isProduction ? configuration.backupFile : nil)
    if !isProduction { try await store.erase() }
    let recovered = try await store.open()
    for message in recovered.messages { log.info(message) }
    let history = HistoryReader(path: configuration.databaseFile)
    let queue = QueueActor(
      reactor: reactor, store: store, history: history,
      machine: try machine(), recovered: recovered, seed: UInt64.random(in: 0...UInt64.max),
      log: log)
    let scheduler = LocalScheduler(
      plan: try runnerPlan(), output: log.descriptor, queue: queue, log: log, reactor: reactor)
    try writeFileAtomically(
      configuration.addressFile, Array("127.0.0.1:\(configuration.managerPort)".utf8), mode: 0o600)
    await web.open(queue)
    log.info("wr manager \(Release.version) started, pid \(getpid())")

    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await queue.run() }
      group.addTask { await scheduler.run() }
      group.addTask { await backUp(store, after: queue) }
      group.addTask { await renewCertificates(web, queue, on: reactor) }
      group.addTask { await verify(store, queue) }
      ready(greeting(token))
      group.addTask {
        guard await queue.waitForDrain() else { return }
        log.info("drained: no job runs any more")
        kill(getpid(), SIGTERM)
      }
      let caught = try await signals.next(on: reactor)
      log.info("stopping: \(caught.flatMap { Self.stopSignals[$0] } ?? "the reactor has stopped")")
      if caught == Self.keepingSignal {
        log.info("running jobs run on, and report to the next manager")
        await queue.leaveRunning()
        await scheduler.leave()
      } else {
        let deadline = Instant.now + Self.stopLimit
        await queue.stopRunning(until: deadline)
        await scheduler.stop(until: deadline)
      }
      await queue.stop()
      group.cancelAll()
      try await group.waitForAll()
    }
    // First the reader: the last connection to close is the one that puts the WAL away.
    await history.close()
    if let problem = await store.close() { log.error("closing the database: \(problem)") }
  }

  // MARK: Parts

  /// Listens on both ports, on every address; an address family that this machine lacks is left
  /// out as long as another is there.
  private func listen(on reactor: Reactor) throws -> sending [Listener] {
    var listeners: [Listener] = []
    var lacking: SystemError?
    for address in configuration.listenAddresses {
      for port in [configuration.managerPort, configuration.webPort] {
        do throws(SystemError) {
          listeners.append(try Listener(address: address, port: port, reactor: reactor))
        } catch {
          if error.code == EADDRINUSE {
            throw StartError(
              "port \(port) of \(address) is already in use: another manager, or another program;"
                + " set managerport and managerweb to free ports")
          }
          guard error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else { throw error }
          log.info("not listening there: \(error)")
          lacking = error
        }
      }
    }
    if listeners.isEmpty, let lacking { throw lacking }
    return listeners
  }

  private func prepareCertificates() throws -> Certificates {
    try Certificates.prepare(
      Certificates.Files(configuration), domain: configuration.certificateDomain,
      hostNames: [MachineFacts.hostName], at: Now.current.timestamp.seconds)
  }

  private func services(_ token: Token) -> WebServices {
    WebServices(
      queue: nil, token: token, version: Release.version, deployment: configuration.deployment,
      managerPort: configuration.managerPort, webPort: configuration.webPort,
      scheduler: configuration.scheduler, hostName: MachineFacts.hostName,
      fullyQualifiedName: MachineFacts.hostName, uploadDirectory: configuration.uploadDirectory,
      home: Configuration.Surroundings.current().home)
  }

  private func machine() throws -> Machine {
    let all = (cores: MachineFacts.processorCount, memory: try MachineFacts.memoryMegabytes)
    return Machine(
      cores: min(all.cores, configuration.maxCores ?? .max),
      memory: Megabytes(min(all.memory, configuration.maxMemoryMegabytes ?? .max)))
  }

  /// How the runner host of this machine is started. It reads the token itself: a command line can
  /// be seen by everybody.
  private func runnerPlan() throws -> SpawnPlan {
    SpawnPlan(
      path: try executablePath(),
      arguments: Command.runnerArguments(configuration),
      environment: ownEnvironment(), directory: "/")
  }

  /// Backs the database up after commits, not more often than the rule says (decision 37).
  private func backUp(_ store: StoreActor, after queue: QueueActor) async {
    var next: Instant?
    while await queue.waitForCommit(until: next) {
      if let next, next > .now { continue }
      do {
        next = try await store.backupIfDue(now: .now)
      } catch {
        log.error("backing the database up: \(error)")
        next = .now + .seconds(30)
      }
    }
  }

  /// Checks all of the database beside the work; the start looked only at what it needed.
  private func verify(_ store: StoreActor, _ queue: QueueActor) async {
    do {
      for problem in try await store.verify() {
        log.error("the database is damaged: \(problem)")
        await queue.warn("The database is damaged: \(problem)")
      }
    } catch {
      log.error("checking the database: \(error)")
    }
  }

  /// Looks at the certificates once a day: ours are renewed, and ends that come near are told.
  private func renewCertificates(_ web: WebActor, _ queue: QueueActor, on reactor: Reactor) async {
    while !Task.isCancelled {
      do {
        let certificates = try prepareCertificates()
        for warning in certificates.warnings { await queue.warn(warning) }
        if !certificates.messages.isEmpty {
          for message in certificates.messages { log.info(message) }
          await web.renew(
            try TLSContext(
              certificateFile: configuration.certificateFile, keyFile: configuration.keyFile))
        }
      } catch {
        log.error("\(error)")
        await queue.warn("\(error)")
      }
      guard await queue.waitForStop(until: .now + Self.renewalInterval) else { return }
    }
  }

  private func greeting(_ token: Token) -> String {
    """
    info: wr manager started on \(configuration.certificateDomain):\(configuration.managerPort), \
    pid \(getpid())
    info: wr's web interface can be reached at \
    https://\(configuration.certificateDomain):\(configuration.webPort)/?token=\(token.text)
    """
  }
}
