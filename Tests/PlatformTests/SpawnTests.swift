import Glibc
import Support
import Testing

@testable import Platform

/// Runs a command to its end, collecting what it writes to 1 and 2.
private func run(
  _ arguments: [String], environment: [String] = ["PATH=/usr/bin:/bin"], directory: String? = nil,
  journal: SpawnJournal? = nil, tag: ProcessTag? = nil
) throws -> (output: String, end: ProcessEnd, pid: pid_t) {
  let null = try openFile("/dev/null", O_RDONLY)
  let pipe = try makePipe()
  let reading = Descriptor(owning: pipe.reading)
  let path = try #require(findExecutable(arguments[0], searchPath: "/usr/bin:/bin"))
  let process: SpawnedProcess
  do {
    let writing = Descriptor(owning: pipe.writing)
    var plan = SpawnPlan(
      path: path, arguments: arguments, environment: environment, directory: directory)
    plan.tag = tag
    process = try spawn(
      plan, standard: (null.number, writing.number, writing.number), journal: journal)
  }
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(reading.number, &buffer, buffer.count)
    if count <= 0 { break }
    output += buffer[..<count]
  }
  var poll = pollfd(fd: process.handle.number, events: Int16(POLLIN), revents: 0)
  #expect(Glibc.poll(&poll, 1, 30_000) == 1)
  let pid = process.pid
  let end = try #require(try reap(pid))
  return (String(decoding: output, as: UTF8.self), end, pid)
}

@Suite(.timeLimit(.minutes(1))) struct SpawnTests {
  @Test func aProcessIsEndingFromTheMomentItIsKilled() throws {
    let process = try spawn(
      SpawnPlan(path: "/bin/sleep", arguments: ["sleep", "300"], environment: []),
      standard: (0, 1, 2))
    #expect(!isEnding(process.pid))
    #expect(!isEnding(getpid()))
    signal(SIGKILL, toHandle: process.handle.number)
    #expect(isEnding(process.pid))
    var poll = pollfd(fd: process.handle.number, events: Int16(POLLIN), revents: 0)
    #expect(Glibc.poll(&poll, 1, 30_000) == 1)
    #expect(isEnding(process.pid), "it is not reaped yet")
    _ = try reap(process.pid)
    #expect(isEnding(process.pid), "it is gone")
  }

  @Test func outputExitCodeAndEnvironmentComeThrough() throws {
    let (output, end, _) = try run(
      ["sh", "-c", "echo $WORD; echo two >&2; exit 7"], environment: ["WORD=été"])
    #expect(output == "été\ntwo\n")
    #expect(end.exitCode == 7)
    #expect(end.signal == nil)
  }

  @Test func aSignalThatEndsAProcessIsTold() throws {
    let end = try run(["sh", "-c", "kill -KILL $$"]).end
    #expect(end.exitCode == nil)
    #expect(end.signal == Int(SIGKILL))
  }

  @Test func aChildHasOnlyTheThreeDescriptors() throws {
    let extra = try openFile("/dev/null", O_RDONLY)
    let inherited = dup(extra.number)  // without close-on-exec
    defer { close(inherited) }
    // `ls` has one open itself: the directory it reads.
    let names = try run(["ls", "/proc/self/fd"]).output.split(separator: "\n")
    #expect(names == ["0", "1", "2", "3"])
  }

  @Test func standardDescriptorsMayBeAmongTheThreeThemselves() throws {
    let null = try openFile("/dev/null", O_RDWR)
    let process = try spawn(
      SpawnPlan(path: "/bin/sh", arguments: ["sh", "-c", "exit 3"], environment: []),
      standard: (null.number, 1, 2))
    var poll = pollfd(fd: process.handle.number, events: Int16(POLLIN), revents: 0)
    #expect(Glibc.poll(&poll, 1, 30_000) == 1)
    #expect(try reap(process.pid)?.exitCode == 3)
  }

  @Test func aChildLeadsASessionOfItsOwnWithAllSignalsAtTheirDefaults() throws {
    _ = try Reactor()
    let (output, _, pid) = try run(["cat", "/proc/self/status", "/proc/self/stat"])
    #expect(output.contains("SigBlk:\t0000000000000000"))
    // The reactor wants to hear of no SIGPIPE.
    #expect(output.contains("SigIgn:\t0000000000000000"))
    #expect(output.contains("SigCgt:\t0000000000000000"))
    let fields = output.split(separator: "\n").last?.split(separator: " ") ?? []
    #expect(fields.count > 6 && fields[5] == "\(pid)", "session")
  }

  @Test func aTagIsHandedDownWhateverBecomesOfTheEnvironment() throws {
    let tag = ProcessTag(0x1234_5678)
    let (output, _, _) = try run(
      ["setsid", "env", "-i", "/bin/sh", "-c", "/bin/cat /proc/self/limits; exit"], tag: tag)
    #expect(output.contains("Max realtime timeout      \(tag.limit)"), "\(output)")
    #expect(try run(["cat", "/proc/self/limits"]).output.contains(/realtime timeout +unlimited/))
  }

  @Test func childrenKeepTheLimitOfOpenFilesThatWeRaise() throws {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #expect(getrlimit(files, &limit) == 0)
    limit.rlim_cur = min(1000, limit.rlim_max - 1)
    #expect(setrlimit(files, &limit) == 0)
    let former = limit
    try raiseDescriptorLimit()
    #expect(getrlimit(files, &limit) == 0)
    #expect(limit.rlim_cur == limit.rlim_max)
    #expect(try run(["sh", "-c", "ulimit -n"]).output == "\(former.rlim_cur)\n")
  }

  @Test func theWorkingDirectoryIsTheOneAskedFor() throws {
    let directory = TemporaryDirectory()
    #expect(try run(["pwd"], directory: directory.path).output == "\(directory.path)\n")
  }

  @Test(arguments: [
    ("/nonexistent/command", nil, "execute /nonexistent/command: No such file or directory"),
    ("/etc/passwd", nil, "execute /etc/passwd: Permission denied"),
    ("/bin/true", "/nonexistent", "change directory to /nonexistent: No such file or directory"),
  ])
  func whatCannotBeStartedIsAnErrorThatSaysWhichStepFailed(
    path: String, directory: String?, words: String
  ) throws {
    let error = #expect(throws: SystemError.self) {
      _ = try spawn(
        SpawnPlan(path: path, arguments: ["x"], environment: [], directory: directory),
        standard: (0, 1, 2))
    }
    #expect(error?.description == words)
  }

  @Test func theChildJournalsItselfBeforeItIsTheCommand() throws {
    let directory = TemporaryDirectory()
    let file = try openFile(directory.file("journal"), O_WRONLY | O_CREAT)
    try writeAll(Array("before\n".utf8), to: file.number, path: "")
    let (output, _, pid) = try run(
      ["cat", directory.file("journal"), "/proc/self/stat"],
      journal: SpawnJournal(descriptor: file.number, offset: 7, prefix: "attempt 12 "))
    let lines = output.split(separator: "\n")
    let stat = try #require(lines.last).split(separator: " ")
    #expect(lines.first == "before" && lines.count == 3)
    let line = lines[1].split(separator: " ")
    #expect(line.prefix(3) == ["attempt", "12", "\(pid)"])
    // It noted when it did so: after its start, and before it ran.
    let start = try #require(UInt64(stat[21]))
    let noted = try #require(UInt64(line[3]))
    let now = UInt64(Instant.now.nanoseconds / 10_000_000)
    #expect((start...now).contains(noted))
  }

  @Test func aCommandThatCannotBeJournalledIsNotRun() throws {
    let directory = TemporaryDirectory()
    let file = try openFile("/dev/full", O_WRONLY)
    let error = #expect(throws: SystemError.self) {
      _ = try spawn(
        SpawnPlan(
          path: "/usr/bin/touch", arguments: ["touch", directory.file("ran")], environment: []),
        standard: (0, 1, 2), journal: SpawnJournal(descriptor: file.number, offset: 0, prefix: ""))
    }
    #expect(error?.code == ENOSPC)
    #expect(access(directory.file("ran"), F_OK) != 0)
  }

  @Test func startTicksNameAProcessEvenIfItsNameHoldsParentheses() throws {
    #expect(startTicks(of: getpid()) != nil)
    #expect(startTicks(of: 0) == nil)
    let directory = TemporaryDirectory()
    let odd = directory.file("a) (b c")
    #expect(try run(["cp", "/bin/cat", odd]).end.exitCode == 0)
    let pipe = try makePipe()
    let reading = Descriptor(owning: pipe.reading)
    let writing = Descriptor(owning: pipe.writing)
    let process = try spawn(
      SpawnPlan(path: odd, arguments: ["x"], environment: []),
      standard: (reading.number, 1, 2))
    let ticks = try #require(startTicks(of: process.pid))
    #expect(ticks >= (startTicks(of: getpid()) ?? 0))
    signal(SIGKILL, toHandle: process.handle.number)
    var poll = pollfd(fd: process.handle.number, events: Int16(POLLIN), revents: 0)
    #expect(Glibc.poll(&poll, 1, 30_000) == 1)
    #expect(try reap(process.pid)?.signal == Int(SIGKILL))
    _ = writing.number
  }

  @Test func executablesAreFoundAsAShellFindsThem() {
    #expect(findExecutable("sh", searchPath: "/nonexistent:/bin") == "/bin/sh")
    #expect(findExecutable("./x", searchPath: "/bin") == "./x")
    #expect(findExecutable("passwd", searchPath: "/etc") == nil, "not executable")
    #expect(findExecutable("bin", searchPath: "/") == nil, "a directory")
  }
}
