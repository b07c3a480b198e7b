import HTTP
import Jobs
import Manager

/// `GET /groups/`: how many jobs of each rep group are in each state, at the cost of the groups
/// and not of their jobs; an addition to the original's API.
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
    let groups: [GroupCounts]
    do throws(QueueError) {
      groups = try await queue.groups(
        name, search: target["search"] == "true", complete: target["complete"] != "false")
    } catch {
      throw ErrorResponse(error)
    }
    var json = JSONWriter()
    json.beginArray()
    for group in groups {
      json.beginObject()
      json.member("RepGroup", group.repGroup.text)
      json.name("Counts")
      json.beginObject()
      for state in Self.states {
        json.name(escaping: state)
        let reserved = state == "running" ? group.counts["reserved"] ?? 0 : 0
        json.int((group.counts[state] ?? 0) + reserved)
      }
      json.endObject()
      json.endObject()
    }
    json.endArray()
    json.newline()
    return .json(.bytes(json.takeBytes()))
  }
}
