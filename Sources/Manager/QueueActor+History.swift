import Jobs

extension QueueActor {
  /// Searches all complete jobs, the last added first.
  ///
  /// - Parameters:
  ///   - before: only jobs with a lower number; nil for all.
  ///   - limit: how many are wanted at most.
  public func searchHistory(
    _ query: HistoryQuery, before: Int64?, limit: Int
  ) async throws(QueueError) -> [ListedJob] {
    var found: [ListedJob] = []
    do throws(StoreError) {
      var high = (before ?? .max) - 1
      while found.count < limit, let piece = try await history.search(query, upTo: high) {
        found += piece.entries.map { ListedJob(place: .history(row: $0.row)) }
        high = piece.low
      }
    } catch { throw QueueError(error) }
    return Array(found.prefix(limit))
  }
}
