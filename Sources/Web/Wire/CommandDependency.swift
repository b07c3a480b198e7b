import Jobs

/// The forms in which clients give `cmd_deps` (behaviour.md §4.5, decision 17).
extension Dependency {
  private enum Member: String, CaseIterable {
    case cmd, cwd, key
    case essence = "Essence"
    case depGroup = "DepGroup"
  }
  private static let members = JSONNames<Member>(ignoringCase: true)

  private enum EssenceMember: String, CaseIterable {
    case cmd = "Cmd"
    case cwd = "Cwd"
    case key = "JobKey"
    case mounts = "MountConfigs"
  }
  private static let essenceMembers = JSONNames<EssenceMember>(ignoringCase: true)

  /// Who is meant, as far as it was said.
  private struct Reference {
    var cmd = ""
    var cwd = ""
    var key = ""
    var depGroup = ""
    var mounts: [Mount] = []
  }

  /// Reads `{"cmd":…,"cwd":…}`, `{"key":…}`, `{"DepGroup":…}` or the form of clients written in
  /// Go, `{"Essence":{"Cmd":…,"Cwd":…}}` or `{"Essence":{"JobKey":…}}`.
  init(shown reader: inout JSONReader) throws(JSONError) {
    let start = reader.offset
    var reference = Reference()
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      if try reader.null() { continue }
      switch member {
      case .cmd: reference.cmd = try reader.string()
      case .cwd: reference.cwd = try reader.string()
      case .key: reference.key = try reader.string()
      case .essence: try Self.readEssence(into: &reference, from: &reader)
      case .depGroup: reference.depGroup = try reader.string()
      }
    }
    if !reference.depGroup.isEmpty {
      self = .group(DepGroup(reference.depGroup))
    } else if !reference.key.isEmpty {
      guard let key = JobKey(reference.key) else {
        throw JSONError(
          message: "a key (\(reference.key)) that is not 32 lower-case hexadecimal digits",
          offset: start)
      }
      self = .key(key)
    } else if reference.cmd.isEmpty {
      throw JSONError(message: "an entry without a cmd, key or DepGroup", offset: start)
    } else if reference.mounts.isEmpty {
      self = .command(
        cmd: reference.cmd, cwd: reference.cwd.isEmpty ? nil : reference.cwd)
    } else {
      // A command with mounts is told apart by its key alone.
      self = .key(
        JobKey(
          of: JobSpec(
            cmd: reference.cmd, cwd: reference.cwd, cwdMatters: !reference.cwd.isEmpty,
            mounts: reference.mounts)))
    }
  }

  private static func readEssence(
    into reference: inout Reference, from reader: inout JSONReader
  ) throws(JSONError) {
    try reader.beginObject()
    while let member = try reader.nextMember(of: essenceMembers) {
      if try reader.null() { continue }
      switch member {
      case .cmd: reference.cmd = try reader.string()
      case .cwd: reference.cwd = try reader.string()
      case .key: reference.key = try reader.string()
      case .mounts: reference.mounts = try reader.array(of: Mount.self)
      }
    }
  }
}
