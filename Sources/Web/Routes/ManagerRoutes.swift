import HTTP
import Jobs
import Manager

/// What is asked of the manager as a whole: its mode, and copies of its database. An addition to
/// the original's API, which knew these for its own command line only (behaviour.md §2.4, §12.5).
struct ManagerRoutes {
  /// The last segment of the path.
  enum Action: String, Hashable, Sendable, CaseIterable { case pause, resume, drain, backup }

  private let queue: QueueActor

  init(_ queue: QueueActor) { self.queue = queue }

  func perform(_ action: Action, _ target: Target) async throws(ErrorResponse) -> Response {
    do throws(QueueError) {
      switch action {
      case .pause: try await queue.pause()
      case .resume: try await queue.resume()
      case .drain: try await queue.drain()
      case .backup: return try await backUp(to: target["path"])
      }
    } catch {
      throw ErrorResponse(error)
    }
    return .json(.bytes(await mode()))
  }

  /// The mode, and how much of what runs is waited for: `Seconds` until the last of it is expected
  /// to have ended.
  private func mode() async -> [UInt8] {
    let figures = await queue.runningFigures
    var json = JSONWriter(capacity: 64)
    json.beginObject()
    json.member("Mode", await queue.mode.rawValue)
    json.member("Running", figures.running)
    json.member("Seconds", figures.seconds)
    json.endObject()
    json.newline()
    return json.takeBytes()
  }

  private func backUp(to path: String?) async throws(QueueError) -> Response {
    guard let path, path.hasPrefix("/") else {
      throw .invalid("path is required: the absolute path of the copy to be made")
    }
    try await queue.backUp(to: path)
    var json = JSONWriter(capacity: 64 + path.utf8.count)
    json.beginObject()
    json.member("path", path)
    json.endObject()
    json.newline()
    return .json(.bytes(json.takeBytes()))
  }
}
