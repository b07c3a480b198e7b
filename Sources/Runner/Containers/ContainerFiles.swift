import Glibc
import Platform

/// The files that a container's client writes its id to (`--cidfile`). Blocks.
enum ContainerFiles {
  /// Reads the first line of a file, or if there is no such file, of all that match the name as a
  /// pattern (glob(7)).
  /// - Parameter directory: what a relative name begins at.
  static func ids(_ name: String, in directory: String) -> [String] {
    let path = name.hasPrefix("/") ? name : "\(directory)/\(name)"
    if let id = firstLine(path) { return [id] }
    guard name.contains(where: { $0 == "*" || $0 == "?" }) else { return [] }
    var found = glob_t()
    defer { globfree(&found) }
    let pattern = name.hasPrefix("/") ? name : "\(escaped(directory))/\(name)"
    guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      paths[index].flatMap { firstLine(String(cString: $0)) }
    }
  }

  private static func firstLine(_ path: String) -> String? {
    var status = stat()
    // A pipe would block for as long as nobody writes.
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size < 1 << 16, let bytes = try? readFile(path)
    else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }

  /// The path as a pattern that only it matches.
  private static func escaped(_ path: String) -> String {
    var escaped = ""
    for character in path.unicodeScalars {
      if "\\*?[".unicodeScalars.contains(character) { escaped += "\\" }
      escaped.unicodeScalars.append(character)
    }
    return escaped
  }
}
