/// The form of `wr mount --mount_json`, in which clients give and are shown mounts; names match
/// whatever their case, and what is empty is left out.
extension Mount: JSONCoded {
  private enum Member: String, CaseIterable {
    case mount = "Mount"
    case cacheBase = "CacheBase"
    case retries = "Retries"
    case verbose = "Verbose"
    case targets = "Targets"
  }
  private static let members = JSONNames<Member>(ignoringCase: true)

  public func encode(into writer: inout JSONWriter) {
    encode(into: &writer, escapingHTML: false)
  }

  func encode(into writer: inout JSONWriter, escapingHTML: Bool) {
    func text(_ name: StaticString, _ value: String, in writer: inout JSONWriter) {
      if value.isEmpty { return }
      writer.name(name)
      writer.string(value, escapingHTML: escapingHTML)
    }
    writer.beginObject()
    text("Mount", mount, in: &writer)
    text("CacheBase", cacheBase, in: &writer)
    writer.member("Retries", retries, unless: 0)
    writer.member("Verbose", ifTrue: verbose)
    writer.name("Targets")
    writer.beginArray()
    for target in targets {
      writer.beginObject()
      text("Profile", target.profile, in: &writer)
      text("Path", target.path, in: &writer)
      writer.member("Cache", ifTrue: target.cache)
      text("CacheDir", target.cacheDirectory, in: &writer)
      writer.member("Write", ifTrue: target.write)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init(targets: [])
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      if try reader.null() { continue }
      switch member {
      case .mount: mount = try reader.string()
      case .cacheBase: cacheBase = try reader.string()
      case .retries: retries = try reader.int()
      case .verbose: verbose = try reader.bool()
      case .targets:
        targets = try reader.array { reader throws(JSONError) in try Target(from: &reader) }
      }
    }
  }

  /// The compact JSON text of mounts that clients are shown; empty if there are none. Unlike
  /// elsewhere `&`, `<` and `>` are escaped (behaviour.md §1.2).
  public static func text(of mounts: [Mount]) -> String {
    if mounts.isEmpty { return "" }
    var writer = JSONWriter()
    writer.beginArray()
    for mount in mounts { mount.encode(into: &writer, escapingHTML: true) }
    writer.endArray()
    return String(decoding: writer.takeBytes(), as: UTF8.self)
  }
}

extension Mount.Target {
  private enum Member: String, CaseIterable {
    case profile = "Profile"
    case path = "Path"
    case cache = "Cache"
    case cacheDirectory = "CacheDir"
    case write = "Write"
  }
  private static let members = JSONNames<Member>(ignoringCase: true)

  init(from reader: inout JSONReader) throws(JSONError) {
    self.init(path: "")
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      if try reader.null() { continue }
      switch member {
      case .profile: profile = try reader.string()
      case .path: path = try reader.string()
      case .cache: cache = try reader.bool()
      case .cacheDirectory: cacheDirectory = try reader.string()
      case .write: write = try reader.bool()
      }
    }
  }
}
