import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

struct BriefCommandTests {
  private let scratch = Scratch()
  private let mark = AttemptMark(
    attempt: AttemptID(1),
    incarnation: Incarnation(String(UInt64.random(in: 0 ... .max), radix: 16)))

  private func launch(_ text: String) throws -> LaunchedCommand {
    try LaunchedCommand(
      ShellCommand(behaviour: text), environment: JobEnvironment(base: ["PATH=/usr/bin:/bin"]),
      directory: scratch.path, journal: nil, tag: mark.tag, scratchDirectory: scratch.path)
  }

  /// Waits until the command's own process has ended.
  private func awaitEnd(of command: borrowing LaunchedCommand) {
    var end = pollfd(fd: command.process.handle.number, events: Int16(POLLIN), revents: 0)
    #expect(poll(&end, 1, 60_000) == 1)
  }

  /// Ends what is left of the command, and reaps its process.
  private func end(_ command: consuming LaunchedCommand) throws {
    let pid = command.process.pid
    kill(-pid, SIGKILL)
    awaitEnd(of: command)
    #expect(try reap(pid) != nil)
  }

  @Test func whatHasEndedIsReadToItsEndAndNotReaped() throws {
    // As much as a pipe holds: nobody reads before the end.
    let command = try launch("head -c 65536 /dev/zero | tr '\\0' x; echo err >&2")
    awaitEnd(of: command)
    #expect(BriefCommand(command, atMost: 0) == nil, "a crowd waits already")
    let brief = BriefCommand(command, atMost: .max)
    var output = try #require(brief).output
    let (stdout, stderr) = output.finish()
    #expect(stdout.hasPrefix("xxx") && stdout.hasSuffix("xxx"))
    #expect(stdout.contains("\(65536 - 2 * OutputTail.standardLimit) bytes"))
    #expect(stderr == "err")
    try end(command)
  }

  @Test func whatRunsOnIsLeftToTheReactor() throws {
    let command = try launch("echo out; exec sleep 300")
    #expect(BriefCommand(command, atMost: .max) == nil)
    var readable = pollfd(fd: command.stdout.number, events: Int16(POLLIN), revents: 0)
    #expect(poll(&readable, 1, 60_000) == 1, "nothing was read")
    try end(command)
  }

  @Test func pipesThatOthersHoldAreLeftToTheReactor() throws {
    let command = try launch("sleep 300 & echo out")
    awaitEnd(of: command)
    #expect(BriefCommand(command, atMost: .max) == nil)
    #expect(!ProcessScan.isNothing(startedAfter: command.process.pid, of: mark))
    try end(command)
  }

  /// As a process does that is just being started for another attempt.
  @Test func pipesThatOthersLetGoOfAreWaitedFor() throws {
    let command = try launch("sleep 0.1 & echo out")
    awaitEnd(of: command)
    let brief = BriefCommand(command, within: .seconds(60), atMost: .max)
    var output = try #require(brief).output
    #expect(output.finish().0 == "out")
    try end(command)
  }

  @Test func aProcessIsKnownByItsTag() throws {
    let command = try launch("exec sleep 300")
    let pid = command.process.pid
    #expect(ProcessTag(of: pid) == mark.tag)
    #expect(ProcessTag(of: getpid()) != mark.tag)
    kill(pid, SIGKILL)
    awaitEnd(of: command)
    #expect(ProcessTag(of: pid) == mark.tag, "it has ended, and is not reaped")
    #expect(try reap(pid) != nil)
    #expect(ProcessTag(of: pid) == nil)
  }

  @Test func aProcessThatNotedItselfIsToldFromOneThatGotItsNumber() throws {
    let ticks = try #require(startTicks(of: getpid()))
    let own = ProcessIdentity(pid: getpid(), startTicks: ticks)
    #expect(NotedProcess(pid: getpid(), ticks: ticks).identity(until: .now) == own)
    #expect(NotedProcess(pid: getpid(), ticks: ticks + 1000).identity(until: .now) == own)
    #expect(NotedProcess(pid: getpid(), ticks: ticks - 1).identity(until: .now) != own)
  }
}
