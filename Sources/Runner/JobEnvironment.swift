import Jobs
import Platform

/// The variables a job's command is started with, as `NAME=value` entries in their order.
struct JobEnvironment: Hashable, Sendable {
  private(set) var entries: [String]

  /// Begins with the runner host's own environment (decision 36).
  init(base: [String]) { entries = base }

  /// Builds a job's environment (behaviour.md §6.3).
  /// - Parameters:
  ///   - base: the runner host's own.
  ///   - mark: by which its processes are found again.
  ///   - additions: what the runner host sets for all of its jobs.
  ///   - workspace: nil if the job runs in the very directory that it names.
  init(
    base: [String], order: RunOrder, mark: AttemptMark, additions: [String], directory: String,
    workspace: WorkspacePaths?
  ) {
    self.init(base: base)
    for entry in order.spec.environment + additions { set(entry: entry) }
    if let workspace {
      set("TMPDIR", workspace.temporary)
      if order.spec.changeHome { set("HOME", workspace.cwd) }
    }
    set(mark)
    set("PWD", directory)
    // Where the runner host was before means nothing to a job.
    remove("OLDPWD")
  }

  /// Appends or replaces a variable.
  mutating func set(_ name: String, _ value: String) { set(entry: "\(name)=\(value)") }

  /// Appends or replaces the variable named before the first `=`; ignores what has no name.
  mutating func set(entry: String) {
    guard let name = Self.name(of: entry), !name.isEmpty else { return }
    guard let first = entries.firstIndex(where: { Self.names($0, name) }) else {
      entries.append(entry)
      return
    }
    entries[first] = entry
    // A name that was there twice would leave it to the program which one it sees.
    for index in entries.indices.reversed() where index > first && Self.names(entries[index], name)
    {
      entries.remove(at: index)
    }
  }

  /// Names the attempt.
  mutating func set(_ mark: AttemptMark) {
    set(entry: mark.attemptEntry)
    set(entry: mark.incarnationEntry)
  }

  mutating func remove(_ name: String) {
    entries.removeAll { Self.names($0, name.utf8[...]) }
  }

  subscript(name: String) -> String? {
    entries.first { Self.names($0, name.utf8[...]) }
      .map { String($0.utf8.dropFirst(name.utf8.count + 1)) ?? "" }
  }

  /// Appends a directory to `PATH` if it is not in it.
  mutating func appendToPath(_ directory: String) {
    let path = self["PATH"] ?? ""
    if searchDirectories(path).contains(where: { $0.utf8.elementsEqual(directory.utf8) }) { return }
    set("PATH", path.isEmpty ? directory : "\(path):\(directory)")
  }

  /// What stands before the first `=`; nil if there is none.
  static func name(of entry: String) -> Substring.UTF8View? {
    entry.utf8.firstIndex(of: UInt8(ascii: "=")).map { entry.utf8[..<$0] }
  }

  /// Compares bytes: for the system, names that differ only in their Unicode form are two.
  private static func names(_ entry: String, _ name: Substring.UTF8View) -> Bool {
    entry.utf8.withBytes { entry in
      name.withBytes { name in
        // Most often the first comparison tells.
        entry.count > name.count && entry[name.count] == UInt8(ascii: "=")
          && entry.starts(with: name)
      }
    }
  }
}

extension Collection<UInt8> {
  fileprivate func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
  }
}
