import Glibc
import Manager
import Platform

extension Command {
  private static let startOptions = [
    Option(
      name: "foreground", short: "f", help: "stay in the foreground instead of becoming a daemon"),
    Option(
      name: "scheduler", short: "s", value: "NAME", help: "what runs the jobs: local (default)"),
    Option(
      name: "timeout", short: "t", value: "SECONDS",
      help: "how long to wait for the manager to come up (default 10)"),
    Option(name: "max_cores", value: "N", help: "use at most N cores (default: all)"),
    Option(name: "max_ram", value: "MB", help: "use at most so much memory (default: all)"),
    Option.json,
  ]

  static let managerStart = Command(
    words: ["manager", "start"], summary: "start the manager", options: startOptions
  ) { arguments in
    let configuration = try Configuration.current(arguments)
    try RunningManager.waitForKilled(configuration, within: .seconds(10))
    if arguments.has("foreground") {
      let asJSON = arguments.has("json")
      return try Daemon(configuration).run { words in
        show(words, configuration, asJSON: asJSON)
        // Whoever waits for it at the other end of a pipe gets it now, not when the manager ends.
        fflush(nil)
      }
    }
    let seconds = try arguments.integer("timeout") ?? 10
    let words = try startDaemon(configuration, within: .seconds(max(1, seconds)))
    show(words, configuration, asJSON: arguments.has("json"))
    return 0
  }

  /// - Parameter words: what the daemon has to say now that it is up.
  @Sendable private static func show(
    _ words: String, _ configuration: Configuration, asJSON: Bool
  ) {
    guard asJSON else { return print(words) }
    emitJSON { json in
      json.member("Host", configuration.certificateDomain)
      json.member("Port", Int(configuration.managerPort))
      json.member("WebPort", Int(configuration.webPort))
      json.member("Version", Release.version)
    }
  }

  /// What the daemon runs as: tells by one line on its standard output when it is up, or why not.
  static let managerServe = Command(
    words: ["manager", "serve"], summary: "run the manager as the daemon that start starts",
    options: startOptions, isInternal: true
  ) { arguments in
    // Each line of the message is one of ours; the mark says whether it is good news.
    @Sendable func tell(_ mark: String, _ message: String) {
      let bytes = Array("\(mark)\(message)".utf8)
      _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
      // Nobody waits at the other end any more, and the next descriptor opened must not be 1.
      let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
      dup2(null, 1)
      close(null)
    }
    do {
      return try Daemon(Configuration.current(arguments)).run { tell("+", $0) }
    } catch {
      tell("-", "\(error)")
      return 1
    }
  }

  /// Starts the daemon: ourselves, in a session of its own, its standard output a pipe to us.
  ///
  /// - Returns: what it has to say once it is up.
  /// - Throws: `StartError` with its words if it could not come up.
  private static func startDaemon(_ configuration: Configuration, within limit: Duration) throws
    -> String
  {
    try makeDirectories(configuration.directory, mode: 0o700)
    let log = try openFile(configuration.logFile, O_WRONLY | O_CREAT | O_APPEND)
    let null = try openFile("/dev/null", O_RDONLY)
    let pipe = try makePipe()
    let reading = Descriptor(owning: pipe.reading)
    do {
      let writing = Descriptor(owning: pipe.writing)
      let plan = SpawnPlan(
        path: try executablePath(),
        arguments: ["wr", "manager", "serve"] + CommandLine.arguments.dropFirst(3),
        environment: ownEnvironment())
      _ = try spawn(plan, standard: (null.number, writing.number, log.number))
    }
    var words: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    let deadline = Instant.now + limit
    while true {
      var poll = pollfd(fd: reading.number, events: Int16(POLLIN), revents: 0)
      let left = (deadline - .now).components
      let milliseconds = max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
      let ready = Glibc.poll(&poll, 1, Int32(milliseconds))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else {
        throw StartError(
          "failed to start on port \(configuration.managerPort) after \(limit.components.seconds)s;"
            + " see \(configuration.logFile)")
      }
      let count = read(reading.number, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      words += buffer[..<count]
    }
    let text = String(decoding: words.dropFirst(), as: UTF8.self)
    guard words.first == UInt8(ascii: "+") else {
      throw StartError(
        text.isEmpty ? "the manager ended while it started; see \(configuration.logFile)" : text)
    }
    return text
  }
}

/// Why a manager could not be started.
struct StartError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
