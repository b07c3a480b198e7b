import Glibc

/// A directory of its own for one test, gone when the test lets go of it.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/wr-runner-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(what: "mkdtemp", code: errno) }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  struct Failure: Error {
    let what: String
    let code: Int32
  }

  deinit {
    // Walks with `nftw`, not with the code under test.
    _ = chmodAll(path)
    nftw(path, { name, _, _, _ in name.map { remove($0) } ?? 0 }, 32, FTW_DEPTH | FTW_PHYS)
  }

  private func chmodAll(_ path: String) -> Int32 {
    nftw(
      path,
      { name, _, kind, _ in
        if kind == Int32(FTW_D.rawValue) || kind == Int32(FTW_DNR.rawValue), let name {
          chmod(name, 0o700)
        }
        return 0
      }, 32, FTW_PHYS)
  }

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
