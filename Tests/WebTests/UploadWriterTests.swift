import Glibc
import Platform
import Support
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct UploadWriterTests {
  private static func upload(_ text: String, to destination: UploadDestination) async throws
    -> String
  {
    let writer = UploadWriter(destination)
    try await writer.begin()
    for part in text.utf8.split(separator: UInt8(ascii: "|")) {
      try await writer.write(Array(part))
    }
    return try await writer.finish()
  }

  private static func text(_ path: String) throws -> String {
    String(decoding: try readFile(path), as: UTF8.self)
  }

  private static func entries(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func status(_ path: String) throws -> stat {
    var status = stat()
    try #require(stat(path, &status) == 0, "\(path)")
    return status
  }

  @Test func theFileIsWrittenWithItsParentsForItsOwnerOnly() async throws {
    let directory = TemporaryDirectory()
    let path = directory.file("a/b/c")
    #expect(try await Self.upload("hello| world", to: .path(path)) == path)
    #expect(try Self.text(path) == "hello world")
    #expect(try Self.status(path).st_mode & 0o777 == 0o600)
    #expect(Self.entries(directory.file("a/b")) == ["c"])
  }

  @Test func aLongerFileIsReplacedAsAWhole() async throws {
    let directory = TemporaryDirectory()
    let path = directory.file("file")
    _ = try await Self.upload("something long", to: .path(path))
    _ = try await Self.upload("short", to: .path(path))
    #expect(try Self.text(path) == "short")
  }

  @Test func anAbandonedUploadLeavesWhatWasThere() async throws {
    let directory = TemporaryDirectory()
    let path = directory.file("file")
    _ = try await Self.upload("old", to: .path(path))
    let writer = UploadWriter(.path(path))
    try await writer.begin()
    try await writer.write(Array("new".utf8))
    await writer.abandon()
    #expect(try Self.text(path) == "old")
    #expect(Self.entries(directory.path) == ["file"])
  }

  @Test func withoutAPathTheDigestDecides() async throws {
    let directory = TemporaryDirectory()
    let up = directory.file("up")
    let path = try await Self.upload("echo 1\n", to: .content(directory: up))
    #expect(path == up + "/3/3/4/d5669e1fb34a7d0583a9773e1b237")
    #expect(try Self.text(path) == "echo 1\n")
    #expect(Self.entries(directory.file("up")) == ["3"])
  }

  @Test func theSameContentIsLeftUntouched() async throws {
    let directory = TemporaryDirectory()
    let first = try await Self.upload("echo 1\n", to: .content(directory: directory.path))
    var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
    try #require(utimensat(AT_FDCWD, first, &times, 0) == 0)
    let second = try await Self.upload("echo| 1\n", to: .content(directory: directory.path))
    #expect(second == first)
    #expect(try Self.status(first).st_mtim.tv_sec == 1000)
    #expect(Self.entries(directory.path) == ["3"])
  }

  @Test func anEmptyUploadIsAnEmptyFile() async throws {
    let directory = TemporaryDirectory()
    let path = try await Self.upload("", to: .content(directory: directory.path))
    #expect(path == directory.path + "/d/4/1/d8cd98f00b204e9800998ecf8427e")
    #expect(try Self.text(path) == "")
  }

  @Test func aSymbolicLinkIsFollowed() async throws {
    let directory = TemporaryDirectory()
    let file = directory.file("file")
    let link = directory.file("link")
    _ = try await Self.upload("old", to: .path(file))
    try #require(symlink(file, link) == 0)
    #expect(try await Self.upload("new", to: .path(link)) == link)
    #expect(try Self.text(file) == "new")
    var status = stat()
    try #require(lstat(link, &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
  }

  @Test func whatIsNoRegularFileIsNotReplaced() async throws {
    let directory = TemporaryDirectory()
    let fifo = directory.file("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    for path in [fifo, directory.path] {
      await #expect(throws: SystemError.self) { try await Self.upload("x", to: .path(path)) }
    }
    #expect(Self.entries(directory.path) == ["fifo"])
  }

  @Test func aFileInPlaceOfADirectoryIsAnError() async throws {
    let directory = TemporaryDirectory()
    let file = directory.file("file")
    _ = try await Self.upload("x", to: .path(file))
    await #expect(throws: SystemError.self) {
      try await Self.upload("y", to: .path(file + "/below"))
    }
  }
}
