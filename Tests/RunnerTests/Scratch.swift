import Glibc
import Support

@testable import Runner

/// A directory of its own for one test, with what tests of runners make in one.
final class Scratch: Sendable {
  private let directory = TemporaryDirectory()
  var path: String { directory.path }

  /// The path of something in it.
  subscript(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func directory(_ name: String, mode: mode_t = 0o755) -> String {
    var end = name.startIndex
    while end < name.endIndex {
      end = name[name.index(after: end)...].firstIndex(of: "/") ?? name.endIndex
      mkdir(self[String(name[..<end])], 0o755)
    }
    chmod(self[name], mode)
    return self[name]
  }

  @discardableResult
  func file(_ name: String, _ text: String = "", size: Int = 0) -> String {
    let number = open(self[name], O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o644)
    _ = text.withCString { write(number, $0, strlen($0)) }
    if size > 0 { ftruncate(number, size) }
    close(number)
    return self[name]
  }

  @discardableResult
  func executable(_ name: String, _ text: String) -> String {
    file(name, text)
    chmod(self[name], 0o755)
    return self[name]
  }
}

/// What is in a file; nil if there is none.
func contents(of path: String) -> String? {
  guard let file = fopen(path, "re") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += buffer[..<count]
  }
}

/// Whether something is there, a dangling symbolic link too.
func exists(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}

/// The slots of a directory that are in use, by their numbers as texts.
func slots(in path: String) -> [String] {
  names(in: path).filter { name in
    (try? SlotFile(path: "\(path)/\(name)", marks: 0).isFree()) != true
  }
}

/// The names in a directory, sorted.
func names(in path: String) -> [String] {
  guard let stream = opendir(path) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
    let name = String(
      cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
