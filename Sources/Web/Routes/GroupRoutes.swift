import HTTP
import Jobs
import Manager

/// `GET /groups/`: how many jobs of each rep group are in each state, and what the complete ones
/// have used, at the cost of the groups and not of their jobs; an addition to the original's API.
struct GroupRoutes {
  private let queue: QueueActor

  /// The states that are counted, in the order in which they are shown. Reserved jobs count as
  /// running.
  static let states = [
    "complete", "running", "ready", "dependent", "lost", "delayed", "buried", "suspended",
  ]

  init(_ queue: QueueActor) { self.queue = queue }

  /// - Parameter name: of one group; with `search=true` part of the names of several; nil for all.
  func list(_ name: String?, _ target: Target) async throws(ErrorResponse) -> Response {
    var selection = GroupSelection(name: name)
    selection.search = target["search"] == "true"
    selection.complete = target["complete"] != "false"
    selection.own = target["own"] == "true"
    let groups: [GroupFigures]
    do throws(QueueError) { groups = try await queue.groups(selection) } catch {
      throw ErrorResponse(error)
    }
    var json = JSONWriter()
    json.beginArray()
    for group in groups { Self.write(group, to: &json) }
    json.endArray()
    json.newline()
    return .json(.bytes(json.takeBytes()))
  }

  private static func write(_ group: GroupFigures, to json: inout JSONWriter) {
    json.beginObject()
    json.member("RepGroup", group.repGroup.text)
    json.name("Counts")
    json.beginObject()
    for state in states {
      json.name(escaping: state)
      let reserved = state == "running" ? group.counts["reserved"] ?? 0 : 0
      json.int((group.counts[state] ?? 0) + reserved)
    }
    json.endObject()
    let usage = group.usage
    if usage.count > 0 {
      json.name("Usage")
      json.beginObject()
      for (name, sums) in [
        ("Memory", usage.memory), ("Disk", usage.disk), ("Walltime", usage.walltime),
        ("CPUtime", usage.cpuTime),
      ] {
        json.name(escaping: name)
        json.beginObject()
        json.member("Mean", sums.mean(of: usage.count))
        json.member("Deviation", sums.deviation(of: usage.count))
        json.endObject()
      }
      json.member("Started", usage.startedAt?.seconds ?? StatusWriter.unset)
      json.member("Ended", usage.endedAt?.seconds ?? StatusWriter.unset)
      json.endObject()
    }
    json.endObject()
  }
}
