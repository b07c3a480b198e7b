/// The forms in which clients give behaviours and are shown them (behaviour.md §7.1, §7.3).
extension Behaviour {
  private enum Member: String, CaseIterable {
    case run, cleanup, remove
    case copyToManager = "copy_to_manager"
    case cleanupAll = "cleanup_all"
  }
  private static let members = JSONNames<Member>(ignoringCase: true)

  /// Reads an array of objects such as `{"run":"cmd"}` or `{"cleanup":true}`. Of several members
  /// the first in the order run, copy_to_manager, cleanup, cleanup_all, remove counts; false,
  /// empty and null ones do not.
  public static func list(on trigger: Trigger, from reader: inout JSONReader) throws(JSONError)
    -> [Behaviour]
  {
    try reader.array { reader throws(JSONError) in
      Behaviour(on: trigger, try action(from: &reader))
    }
  }

  private static func action(from reader: inout JSONReader) throws(JSONError) -> Action {
    var (run, files) = ("", [String]())
    var (cleanup, cleanupAll, remove) = (false, false, false)
    try reader.beginObject()
    while let member = try reader.nextMember(of: members) {
      if try reader.null() { continue }
      switch member {
      case .run: run = try reader.string()
      case .copyToManager:
        files = try reader.array { reader throws(JSONError) in try reader.string() }
      case .cleanup: cleanup = try reader.bool()
      case .cleanupAll: cleanupAll = try reader.bool()
      case .remove: remove = try reader.bool()
      }
    }
    if !run.isEmpty { return .run(run) }
    if !files.isEmpty { return .copyToManager(files) }
    if cleanup { return .cleanup }
    if cleanupAll { return .cleanupAll }
    return remove ? .remove : .nothing
  }

  /// The JSON text of behaviours by trigger that clients are shown; empty if there are none.
  public static func text(of behaviours: [Behaviour]) -> String {
    if behaviours.isEmpty { return "" }
    var writer = JSONWriter()
    writer.beginObject()
    for trigger in Trigger.allCases {
      let triggered = behaviours.filter { $0.trigger == trigger }
      if triggered.isEmpty { continue }
      writer.name(escaping: trigger.rawValue)
      writer.beginArray()
      for behaviour in triggered { behaviour.writeAction(to: &writer) }
      writer.endArray()
    }
    writer.endObject()
    return String(decoding: writer.takeBytes(), as: UTF8.self)
  }

  private func writeAction(to writer: inout JSONWriter) {
    writer.beginObject()
    switch action {
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
