import Jobs
import Manager
import Platform

/// The JSON array of many jobs, made piece by piece: a list of 100,000 jobs is never one string.
final class StatusList {
  private enum Source {
    /// Jobs whose states are looked up as the list is made.
    case listed(JobList, std: Bool, env: Bool, queue: QueueActor)
    /// Jobs whose states are known, the next ones last.
    case known([[JobStatus]])
  }

  /// Whether jobs are shown by what tells them apart, and their states, alone.
  var isBrief = false
  private var source: Source
  /// Jobs that were rendered and not written yet, the next one last.
  private var statuses: [JobStatus] = []
  private var written = (jobs: 0, bytes: 0)
  private var json = JSONWriter(capacity: StatusList.pieceSize + (4 << 10))
  private var writer = StatusWriter()
  private var hasBegun = false
  private var hasEnded = false
  /// Pieces that are ready to be sent, the next one last.
  private var ahead: [[UInt8]] = []

  /// About how long a piece is, and up to which length a list is sent as a whole. A client that
  /// reads slowly keeps the manager from letting go of some of them.
  /// With a job more and its framing it mostly fits into two TLS records of 16 kB.
  static let pieceSize = 31 << 10
  /// How many jobs are rendered at once, at most.
  static let batchSize = 256
  /// How many pieces are made ahead, at most: 8 MB.
  private static let mostAhead = 264

  init(_ listed: JobList, std: Bool, env: Bool, queue: QueueActor) {
    source = .listed(listed, std: std, env: env, queue: queue)
  }

  /// - Parameter pieces: each is let go when it was written.
  init(_ pieces: [[JobStatus]]) { source = .known(pieces.reversed()) }

  /// Makes the first pieces of the list, while something else is waited for; others get their turn
  /// after each.
  func prepare(on reactor: Reactor) async throws(ErrorResponse) {
    while ahead.count < Self.mostAhead, let piece = try await make() {
      ahead.append(piece)
      await reactor.yield()
    }
    ahead.reverse()
  }

  /// The list as the body of a response: with its length if it is short, else in pieces.
  func body() async throws(ErrorResponse) -> Response.Body {
    let first = try await next() ?? []
    if hasEnded, ahead.isEmpty { return .bytes(first) }
    return .pieces(first: first) { () async throws(ErrorResponse) in try await self.next() }
  }

  /// The next piece; nil when the array is closed and all of it was given.
  private func next() async throws(ErrorResponse) -> [UInt8]? {
    if let piece = ahead.popLast() { return piece }
    return try await make()
  }

  /// Makes the next piece; nil when the array is closed and all of it was made.
  private func make() async throws(ErrorResponse) -> [UInt8]? {
    if hasEnded { return nil }
    if !hasBegun { json.beginArray() }
    hasBegun = true
    while json.count < Self.pieceSize {
      if let status = statuses.popLast() {
        write(status)
      } else if let batch = try await nextBatch() {
        statuses = batch
        statuses.reverse()
      } else {
        json.endArray()
        json.newline()
        hasEnded = true
        break
      }
    }
    return json.takeBytes()
  }

  private func write(_ status: JobStatus) {
    let before = json.count
    if isBrief {
      StatusWriter.writeBrief(status, to: &json)
    } else {
      writer.write(status, to: &json)
    }
    written = (written.jobs + 1, written.bytes + json.count - before)
  }

  /// How many jobs are likely to fill the piece. What is rendered beyond it is held until the
  /// client has taken the piece.
  private var nextCount: Int {
    let size = written.jobs == 0 ? 1024 : max(1, written.bytes / written.jobs)
    return min(Self.batchSize, (Self.pieceSize - json.count) / size + 1)
  }

  /// - Returns: nil when there are no more; empty if none of those looked up is there any more.
  private func nextBatch() async throws(ErrorResponse) -> [JobStatus]? {
    switch source {
    case .known(var pieces):
      // Not held twice, so that the piece is turned round where it is.
      source = .known([])
      let piece = pieces.popLast()
      source = .known(pieces)
      return piece
    case .listed(var list, let std, let env, let queue):
      let batch = list.next(nextCount)
      source = .listed(list, std: std, env: env, queue: queue)
      if batch.isEmpty { return nil }
      do throws(QueueError) {
        return try await queue.render(batch, std: std, env: env)
      } catch {
        throw ErrorResponse(error)
      }
    }
  }
}
