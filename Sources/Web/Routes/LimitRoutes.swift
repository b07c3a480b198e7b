import HTTP
import Jobs
import Manager

/// Reading and setting the limits of limit groups; an addition to the original's API.
struct LimitRoutes {
  private let services: WebServices
  private let queue: QueueActor

  init(_ services: WebServices, _ queue: QueueActor) {
    self.services = services
    self.queue = queue
  }

  /// - Parameter names: the groups to be shown, commas between them; nil for all with a limit.
  func respond(
    _ method: String, _ names: String?, _ body: RequestBody
  ) async throws(ErrorResponse) -> Response {
    var groups = names.map { $0.split(separator: ",").map { LimitGroup(String($0)) } }
    if method == "PUT" {
      let limits = try Self.limits(try await body.whole(limit: services.bodyLimit))
      do throws(QueueError) { try await queue.setLimits(limits) } catch {
        throw ErrorResponse(error)
      }
      groups = limits.map(\.group)
    }
    return .json(.bytes(Self.document(await queue.limits(of: groups))))
  }

  /// Reads `{"name":N, …}`; of a name that is there twice the last counts.
  static func limits(
    _ body: [UInt8]
  ) throws(ErrorResponse) -> [(group: LimitGroup, limit: Int)] {
    var limits: [LimitGroup: Int] = [:]
    do throws(JSONError) {
      var reader = JSONReader(body)
      try reader.beginObject()
      while let name = try reader.nextName() {
        let start = reader.offset
        let limit = try reader.int()
        guard limit >= -1 else {
          throw JSONError(
            message: "\(name) has a limit of \(limit): it must be -1, for none, or more",
            offset: start)
        }
        guard !name.isEmpty, !name.utf8.contains(where: { ",:<~".utf8.contains($0) }) else {
          throw JSONError(
            message: "\"\(name)\" cannot have a limit: a name is not empty and has none of , : < ~",
            offset: start)
        }
        limits[LimitGroup(name)] = limit
      }
      try reader.finish()
    } catch {
      throw ErrorResponse(400, "the body must be a JSON object of limits by group: \(error)")
    }
    return limits.sorted { $0.key < $1.key }.map { (group: $0.key, limit: $0.value) }
  }

  private static func document(_ limits: [QueueActor.LimitStatus]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for status in limits {
      json.beginObject()
      json.member("Name", status.group.text)
      json.member("Limit", status.limit)
      json.member("Running", status.running)
      json.endObject()
    }
    json.endArray()
    json.newline()
    return json.takeBytes()
  }
}
