/// The form in which clients give behaviours and are shown them (behaviour.md §7.1, §7.3).
extension Behaviour {
  /// The compact JSON text that clients are shown; empty if there are none. Nothing is escaped
  /// that need not be.
  public static func text(of behaviours: [Behaviour]) -> String {
    if behaviours.isEmpty { return "" }
    var writer = JSONWriter()
    writer.beginObject()
    for (trigger, name) in shownTriggers {
      let actions = behaviours.lazy.filter { $0.trigger == trigger }.map(\.action)
      if actions.isEmpty { continue }
      writer.name(name)
      writer.beginArray()
      for action in actions { action.show(in: &writer) }
      writer.endArray()
    }
    writer.endObject()
    return String(decoding: writer.takeBytes(), as: UTF8.self)
  }

  /// The order in which they are shown.
  private static let shownTriggers: [(Trigger, StaticString)] = [
    (.failure, "on_failure"), (.success, "on_success"), (.exit, "on_exit"),
  ]
}

extension Behaviour.Action {
  private enum Member: String, CaseIterable {
    case run, cleanup, remove
    case copyToManager = "copy_to_manager"
    case cleanupAll = "cleanup_all"
  }
  private static let members = JSONNames<Member>(ignoringCase: true)

  /// Reads a behaviour object of a client. Of several members the first of run, copy_to_manager,
  /// cleanup, cleanup_all, remove counts; one that is empty, false or null does not.
  public init(shown reader: inout JSONReader) throws(JSONError) {
    var run = ""
    var files: [String] = []
    var (cleanup, cleanupAll, remove) = (false, false, false)
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      if try reader.null() { continue }
      switch member {
      case .run: run = try reader.string()
      case .copyToManager: files = try reader.strings()
      case .cleanup: cleanup = try reader.bool()
      case .cleanupAll: cleanupAll = try reader.bool()
      case .remove: remove = try reader.bool()
      }
    }
    if !run.isEmpty {
      self = .run(run)
    } else if !files.isEmpty {
      self = .copyToManager(files)
    } else if cleanup {
      self = .cleanup
    } else if cleanupAll {
      self = .cleanupAll
    } else if remove {
      self = .remove
    } else {
      self = .nothing
    }
  }

  fileprivate func show(in writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .run(let command): writer.member("run", command)
    case .copyToManager(let files): writer.member("copy_to_manager", files)
    case .cleanup: writer.member("cleanup", true)
    case .cleanupAll: writer.member("cleanup_all", true)
    case .remove: writer.member("remove", true)
    case .nothing: writer.member("nothing", true)
    }
    writer.endObject()
  }
}
