import Jobs

/// Where the unique working directory of an attempt is, or would be (behaviour.md §3.5):
/// `BASE/wr_cwd/k0/k1/k2/REST+SUFFIX/{cwd,tmp}` for the key `k0k1k2REST`.
struct WorkspacePaths: Hashable, Sendable {
  /// The directory the job names, absolute. Never made by us for cleaning up: never removed.
  let base: String
  /// The components between the base and the unique directory, all of them shared.
  let parents: [String]
  /// The name of the unique directory.
  let name: String

  init(base: String, key: JobKey, suffix: String) {
    self.base = Self.absolute(base)
    let digits = Array(key.description)
    parents = ["wr_cwd"] + digits.prefix(3).map { String($0) }
    name = String(digits.dropFirst(3)) + suffix
  }

  /// The unique directory below the base, beginning with a slash.
  var relative: String { "/" + (parents + [name]).joined(separator: "/") }
  var unique: String { base == "/" ? relative : base + relative }
  var cwd: String { unique + "/cwd" }
  var temporary: String { unique + "/tmp" }

  /// The path as seen from `/`, where runner hosts live. `~` is a name like others.
  static func absolute(_ path: String) -> String {
    var path = path.hasPrefix("/") ? path : "/" + path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}

extension RunOrder {
  /// The unique directory of the attempt; nil if its command runs in the very directory it names.
  var workspace: WorkspacePaths? {
    spec.cwdMatters
      ? nil : WorkspacePaths(base: spec.cwd, key: key, suffix: directorySuffix)
  }
}
