import Glibc
import Support
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct FileSystemTests {
  let directory = TemporaryDirectory()

  @Test func aFileIsReplacedAsAWholeWithTheModeAskedFor() throws {
    let path = directory.file("a")
    try writeFileAtomically(path, Array("longer than the next".utf8), mode: 0o644)
    try writeFileAtomically(path, Array("short".utf8), mode: 0o600)
    #expect(try readFile(path) == Array("short".utf8))
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let names = try names()
    #expect(names == ["a"], "no temporary is left")
  }

  @Test func aReplacementThatFailsLeavesTheOldFileAndNoTemporary() throws {
    let path = directory.file("taken")
    try makeDirectories("\(path)/inside")
    let error = #expect(throws: SystemError.self) {
      try writeFileAtomically(path, [1], mode: 0o600)
    }
    #expect(error?.operation.hasPrefix("rename ") == true)
    #expect(try names() == ["taken"])
  }

  @Test func directoriesAreMadeWithAllAboveThem() throws {
    try makeDirectories(directory.file("a/b/c"))
    try makeDirectories(directory.file("a/b/c"))
    try writeFileAtomically(directory.file("f"), [], mode: 0o600)
    let error = #expect(throws: SystemError.self) { try makeDirectories(directory.file("f/g")) }
    #expect(error?.code == ENOTDIR)
  }

  @Test func missingFilesAreNamed() {
    let error = #expect(throws: SystemError.self) { try readFile("/nonexistent/x") }
    #expect(error?.description == "open /nonexistent/x: No such file or directory")
  }

  @Test func pathsHaveParents() {
    #expect(parentDirectory(of: "/a/b") == "/a")
    #expect(parentDirectory(of: "/a") == "/")
    #expect(parentDirectory(of: "a") == ".")
  }

  @Test func randomBytesDiffer() throws {
    #expect(try randomBytes(32) != randomBytes(32))
    #expect(try randomBytes(0) == [])
  }

  @Test func aLockIsHeldByOneProcessAndGoesWithIt() throws {
    let path = directory.file("lock")
    let script =
      "import fcntl,sys;f=open('\(path)','w');fcntl.lockf(f,fcntl.LOCK_EX);print('x',flush=True);sys.stdin.read()"
    let input = try makePipe()
    let output = try makePipe()
    let process = try spawn(
      SpawnPlan(
        path: "/usr/bin/env", arguments: ["env", "python3", "-c", script],
        environment: ownEnvironment()),
      standard: (input.reading, output.writing, 2))
    close(input.reading)
    close(output.writing)
    var byte: UInt8 = 0
    #expect(read(output.reading, &byte, 1) == 1)
    #expect(try FileLock.holder(of: path) == process.pid)
    let refused = try FileLock.acquire(path) == nil
    #expect(refused)
    close(input.writing)
    var poll = pollfd(fd: process.handle.number, events: Int16(POLLIN), revents: 0)
    #expect(Glibc.poll(&poll, 1, 30_000) == 1)
    _ = try reap(process.pid)
    close(output.reading)
    #expect(try FileLock.holder(of: path) == nil)
    let acquired = try FileLock.acquire(path) != nil
    #expect(acquired)
    #expect(try FileLock.holder(of: directory.file("none")) == nil)
  }

  @Test func aLogLineIsOneLineWithTimeAndLevel() throws {
    let path = directory.file("log")
    let log = try Log(appendingTo: path)
    log.info("hello")
    log.error("two\nlines")
    let lines = String(decoding: try readFile(path), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info: hello/) != nil)
    #expect(lines[1].hasSuffix(" error: two"))
    #expect(lines[2] == "    lines")
  }

  private func names() throws -> [String] {
    guard let open = opendir(directory.path) else { throw SystemError(operation: "open") }
    defer { closedir(open) }
    var names: [String] = []
    while let entry = readdir(open) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
