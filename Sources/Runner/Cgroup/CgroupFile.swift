import Glibc
import Platform

/// Reads and writes the small files by which the kernel shows a control group.
enum CgroupFile {
  static func write(_ text: String, to path: String) throws(SystemError) {
    let file = try openFile(path, O_WRONLY)
    try writeAll(Array(text.utf8), to: file.number, path: path)
  }

  /// The number that a file holds; nil if it is not there.
  static func number(_ path: String) -> Int? {
    (try? readFile(path)).flatMap { Int(String(decoding: $0, as: UTF8.self).trimmed) }
  }

  /// Reads lines of a name and a number; empty if the file is not there.
  static func table(_ path: String) -> [Substring: Int] {
    guard let bytes = try? readFile(path) else { return [:] }
    var table: [Substring: Int] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let number = Int(words[1]) { table[words[0]] = number }
    }
    return table
  }
}

extension String {
  fileprivate var trimmed: Substring { prefix { !$0.isWhitespace } }
}
