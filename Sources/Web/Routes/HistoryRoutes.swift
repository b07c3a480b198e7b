import HTTP
import Jobs
import Manager

/// `GET /history/`: a search of everything that was ever completed; an addition to the original's
/// API.
struct HistoryRoutes {
  private let queue: QueueActor

  private static let usualLimit = 100
  private static let largestLimit = 10_000

  init(_ queue: QueueActor) { self.queue = queue }

  func list(_ target: Target) async throws(ErrorResponse) -> Response {
    var query = HistoryQuery()
    query.text = target["text"] ?? ""
    query.group = target["group"] ?? ""
    query.isPartOfGroup = target["search"] == "true"
    query.host = target["host"] ?? ""
    query.since = try Self.number("since", target, 0...9_000_000_000).map {
      Timestamp(seconds: $0)
    }
    query.until = try Self.number("until", target, 0...9_000_000_000).map {
      Timestamp(seconds: $0)
    }
    let limit = try Self.number("limit", target, 1...Int64(Self.largestLimit))
    let before = try Self.number("before", target, 1...Int64.max)
    let listed: [ListedJob]
    do throws(QueueError) {
      listed = try await queue.searchHistory(
        query, before: before, limit: limit.map { Int($0) } ?? Self.usualLimit)
    } catch {
      throw ErrorResponse(error)
    }
    return .json(try await StatusList(JobList(listed), std: false, env: false, queue: queue).body())
  }

  private static func number(
    _ name: String, _ target: Target, _ range: ClosedRange<Int64>
  ) throws(ErrorResponse) -> Int64? {
    guard let text = target[name], !text.isEmpty else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      throw ErrorResponse(
        400,
        "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), not"
          + " \"\(text)\"")
    }
    return number
  }
}
