import Glibc
import Jobs
import Manager
import Platform

/// The commands of LSF, for workflow engines that know no other (cli.md §10).
extension Command {
  static let bsub = Command(
    words: ["lsf", "bsub"], summary: "add a command as LSF's bsub does",
    options: [
      Option(name: "J", value: "NAME", help: "the job's name; its rep group"),
      Option(name: "n", value: "N", help: "slots: cores"),
      Option(name: "M", value: "SIZE", help: "memory, in MB or with a unit"),
      Option(name: "W", value: "[H:]M", help: "run time"),
      Option(name: "q", value: "QUEUE", help: "queue"),
    ],
    operands: "[COMMAND…]",
    manual: """
      Without a command, it or a script is read from standard input; lines of a script that begin
      with #BSUB hold options. The command runs in the current directory. A link to wr that is
      called bsub does the same; so do bjobs and bkill.
      """,
    isSingleDashed: true
  ) { arguments in
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    var script = BsubScript()
    if arguments.positional.isEmpty {
      if isatty(0) == 1 { emit("bsub> ") }
      script = try BsubScript(String(decoding: readInput(), as: UTF8.self))
    } else {
      script.command = arguments.positional.joined(separator: " ")
    }
    try script.take(arguments)
    guard !script.command.isEmpty else {
      emit("No command is specified. Job not submitted.\n", to: 2)
      return 255
    }
    var parameters = [("retries", "0"), ("rerun", "true"), ("answer", "keys")]
    if manager.isLocal { parameters.append(("env_key", try manager.storeEnvironment())) }
    let cwd = Configuration.Surroundings.current().cwd
    // Of the job that calls us, if it is in bsub mode.
    let inheritance = getenv("WR_BSUB_CONFIG").map { Array(String(cString: $0).utf8) }
    let body: [UInt8]
    do throws(JSONError) {
      body = try script.body(cwd: cwd, inheritance: inheritance ?? Array("{}".utf8))
    } catch {
      throw UsageError("WR_BSUB_CONFIG holds no JSON object of properties: \(error)")
    }
    let result = try AddResult(
      manager.ask("POST", ["jobs"], query: parameters, body: body).body)
    guard result.added > 0,
      let job = try JobTargets(manager: manager, keys: result.keys).jobs().first
    else {
      emit("Duplicate command specified. Job not submitted.\n", to: 2)
      return 255
    }
    emit("Job <\(job.number)> is submitted to default queue <wr>.\n")
    return 0
  }

  static let bjobs = Command(
    words: ["lsf", "bjobs"], summary: "show unfinished jobs as LSF's bjobs does",
    options: [
      Option(name: "noheader", help: "without the line of names"),
      Option(name: "o", value: "FORMAT", help: #"columns, as JOBID STAT delimiter="|""#),
      Option(name: "q", value: "QUEUE", help: "has no effect: there is one queue"),
    ],
    operands: "[JOBID…]", isSingleDashed: true
  ) { arguments in
    var table = try arguments["o"].map { try BjobsTable(format: $0) } ?? BjobsTable()
    table.hasHeader = !arguments.has("noheader")
    table.user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(getuid())"
    table.host = MachineFacts.hostName
    let wanted = Set(try arguments.numbers())
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let jobs = try JobTargets(manager: manager, batches: [nil]).jobs()
      .filter { wanted.isEmpty || wanted.contains($0.number) }
    for number in wanted.subtracting(jobs.map(\.number)).sorted() {
      emit("Job <\(number)> is not found\n", to: 2)
    }
    guard !jobs.isEmpty else {
      if wanted.isEmpty { emit("No unfinished job found\n", to: 2) }
      return wanted.isEmpty ? 0 : 255
    }
    emit(table.text(jobs))
    return 0
  }

  static let bkill = Command(
    words: ["lsf", "bkill"], summary: "end jobs as LSF's bkill does", operands: "JOBID…",
    isSingleDashed: true
  ) { arguments in
    let numbers = try arguments.numbers()
    guard !numbers.isEmpty else { throw UsageError("bkill needs the number of a job") }
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    let jobs = try JobTargets(manager: manager, batches: [nil]).jobs()
    var code: Int32 = 0
    for number in numbers {
      let job = jobs.first { $0.number == number && $0.state != "buried" }
      if let job, try end(job, manager) {
        emit("Job <\(number)> is being terminated\n")
      } else {
        emit("Job <\(number)>: Job has already finished\n", to: 2)
        code = 255
      }
    }
    return code
  }

  /// Ends a job that runs, is lost or waits.
  ///
  /// - Returns: whether it was there to be ended.
  private static func end(_ job: ShownJob, _ manager: ManagerConnection) throws -> Bool {
    let targets = JobTargets(manager: manager, keys: [job.key])
    if job.isIn("deletable") {
      return try targets.act("DELETE", query: [("state", "deletable")]).acted > 0
    }
    let state = job.isIn("lost") ? "lost" : "running"
    return try targets.act("POST", verb: "kill", query: [("state", state)]).acted > 0
  }

  private static func readInput() throws -> [UInt8] {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(0, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError(operation: "read the command") }
      if count == 0 { return text }
      text += buffer[..<count]
    }
  }
}

extension Arguments {
  /// The operands, which must be numbers of jobs.
  fileprivate func numbers() throws(UsageError) -> [Int] {
    try positional.map { word throws(UsageError) in
      guard let number = Int(word), number > 0 else {
        throw UsageError("\(word): Illegal job ID")
      }
      return number
    }
  }
}
