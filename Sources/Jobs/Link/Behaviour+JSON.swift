extension Behaviour: JSONCoded {
  private enum Member: String, CaseIterable { case on, action, command, files }
  private static let members = JSONNames<Member>()

  /// The actions by name. Not the form clients use, in which an empty argument means no action.
  private enum ActionName: String, CaseIterable {
    case run, cleanup, remove, nothing
    case copyToManager = "copy_to_manager"
    case cleanupAll = "cleanup_all"
  }

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("on", trigger.rawValue)
    switch action {
    case .run(let command):
      writer.member("action", "run")
      writer.member("command", command)
    case .copyToManager(let files):
      writer.member("action", "copy_to_manager")
      writer.member("files", files)
    case .cleanup: writer.member("action", "cleanup")
    case .cleanupAll: writer.member("action", "cleanup_all")
    case .remove: writer.member("action", "remove")
    case .nothing: writer.member("action", "nothing")
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var trigger: Trigger?
    var name: ActionName?
    var command: String?
    var files: [String]?
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .on: trigger = try reader.choice(of: Trigger.self)
      case .action: name = try reader.choice(of: ActionName.self)
      case .command: command = try reader.string()
      case .files: files = try reader.strings()
      }
    }
    let action: Action
    switch try reader.require(name, "action") {
    case .run: action = .run(try reader.require(command, "command"))
    case .copyToManager: action = .copyToManager(try reader.require(files, "files"))
    case .cleanup: action = .cleanup
    case .cleanupAll: action = .cleanupAll
    case .remove: action = .remove
    case .nothing: action = .nothing
    }
    self.init(on: try reader.require(trigger, "on"), action)
  }
}
