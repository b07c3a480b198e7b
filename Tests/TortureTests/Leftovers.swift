import Glibc
import Platform

/// What is left of a house that must not be once its manager was stopped.
struct Leftovers {
  private let house: House

  init(of house: House) { self.house = house }

  func complaints() throws -> [String] {
    var complaints: [String] = []
    for pid in try house.processes() {
      let command = (try? readFile("/proc/\(pid)/cmdline")) ?? []
      let words = String(decoding: command.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
      complaints.append("process \(pid) is left: \(words)")
      kill(pid, SIGKILL)
    }
    for path in try tree(below: house.workDirectory) { complaints.append("\(path) is left") }
    let runner = "\(house.files)/runner"
    complaints += try usedSlots().map { "\($0) is left" }
    for (directory, known) in [(house.files, Self.files), (runner, Self.runnerFiles)] {
      for name in try names(inDirectory: directory) where !known.contains(name) {
        complaints.append("\(directory)/\(name) is left")
      }
    }
    return complaints
  }

  /// The slots of the journal and the spool that hold something. One that is free may stay where its
  /// host was killed while it ended.
  func usedSlots() throws -> [String] {
    try ["journal", "spool"].flatMap { kind in
      let directory = "\(house.files)/runner/\(kind)"
      return try names(inDirectory: directory).map { "\(directory)/\($0)" }
        .filter { try readFile($0).first ?? 0 != 0 }
    }
  }

  /// All files and directories below a directory.
  private func tree(below directory: String) throws -> [String] {
    try names(inDirectory: directory).flatMap { name -> [String] in
      let path = "\(directory)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { return [] }
      return [path] + (status.st_mode & S_IFMT == S_IFDIR ? try tree(below: path) : [])
    }
  }

  private static let files: Set<String> = [
    "ca.key", "ca.pem", "cert.pem", "key.pem", "db", "db.lock", "db_bk", "db.reserve", "lock",
    "log", "runner",
  ]
  private static let runnerFiles: Set<String> = ["lock", "journal", "spool"]

  /// Descriptors of an idle manager or runner host that it should have closed, in sentences.
  static func descriptors(of pid: pid_t) -> [String] {
    guard let numbers = try? names(inDirectory: "/proc/\(pid)/fd") else { return [] }
    let targets = numbers.map { number -> String in
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = readlink("/proc/\(pid)/fd/\(number)", &buffer, buffer.count)
      return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
    var counts: [String: Int] = [:]
    for target in targets {
      let kind = target.hasPrefix("socket:") ? "socket" : target
      counts[kind, default: 0] += 1
    }
    return counts.sorted { $0.key < $1.key }.compactMap { kind, count in
      let most = mostOpen(kind)
      return count > most ? "process \(pid) has \(count) × \(kind) open, \(most) at most" : nil
    }
  }

  private static func mostOpen(_ target: String) -> Int {
    switch target {
    // Two ports on two addresses, the two connections of the link, and clients of ours.
    case "socket": 9
    case "anon_inode:[pidfd]": 1
    // Asked by a host at the end of each command.
    case "/proc/loadavg": 1
    case _ where target.hasPrefix("pipe:"), _ where target.hasPrefix("/proc/"): 0
    case _ where target.hasSuffix("(deleted)"): 0
    default: 4
    }
  }
}
