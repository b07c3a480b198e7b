import HTTP
import Jobs
import Manager

/// Adds jobs that come as lines, `application/x-ndjson`, however many: they are read, checked and
/// written as they come, and are there all at once, or not at all (decision 8).
struct UploadedJobs {
  private let services: WebServices
  private let queue: QueueActor

  init(_ services: WebServices, _ queue: QueueActor) {
    self.services = services
    self.queue = queue
  }

  /// Whether a body is said to be lines of JSON.
  static func isMeant(by headers: Headers) -> Bool {
    guard let type = headers["Content-Type"]?.prefix(while: { $0 != ";" }) else { return false }
    return type.filter { $0 != " " && $0 != "\t" }.lowercased() == "application/x-ndjson"
  }

  /// Adds the jobs of the body, all or none; with `dry_run=true` only tells whether it could.
  func add(_ body: RequestBody, _ target: Target) async throws(ErrorResponse) -> Response {
    let form = try AnswerForm(target)
    let parser = try LineParser(target, home: services.home)
    if target["dry_run"] == "true" { return try await check(body, parser) }
    let upload: UploadID
    do throws(QueueError) { upload = try await queue.beginUpload() } catch {
      throw ErrorResponse(error)
    }
    do throws(ErrorResponse) {
      return try await add(body, parser, to: upload, form)
    } catch {
      await queue.giveUp(upload)
      throw error
    }
  }

  private func add(
    _ body: RequestBody, _ parser: LineParser, to upload: UploadID, _ form: AnswerForm
  ) async throws(ErrorResponse) -> Response {
    let pieces = ParsedBody(body, parser, limit: services.linesLimit)
    let count = try await stage(pieces, in: upload)
    let added: AddedJobs
    let listed: JobList
    do throws(QueueError) {
      added = try await queue.finish(upload, limits: parser.limits)
      listed = form == .jobs ? try await queue.select(added.keys) : JobList()
    } catch {
      throw ErrorResponse(error)
    }
    if form != .jobs { return .json(status: 201, try await form.body(added, asked: count)) }
    let list = StatusList(listed, std: false, env: false, queue: queue)
    return .json(status: 201, try await list.body())
  }

  /// Has all of the body written: one piece while the next is read and parsed, and no more than one,
  /// so that the client sends no faster than we write.
  ///
  /// - Returns: how many jobs it has.
  private func stage(
    _ pieces: ParsedBody, in upload: UploadID
  ) async throws(ErrorResponse) -> Int {
    let queue = queue
    do {
      return try await withThrowingTaskGroup(of: Void.self) { group in
        var count = 0
        while let piece = try await pieces.next() {
          count += piece.specs.count
          try await group.next()
          group.addTask { try await Self.stage(piece, in: upload, of: queue) }
        }
        try await group.waitForAll()
        return count
      }
    } catch let error as QueueError {
      throw ErrorResponse(error)
    } catch let error as ErrorResponse {
      throw error
    } catch {
      throw ErrorResponse(500, "\(error)")
    }
  }

  private static func stage(
    _ piece: JobLines.Piece, in upload: UploadID, of queue: QueueActor
  ) async throws(QueueError) {
    for start in stride(from: 0, to: piece.specs.count, by: QueueActor.pieceSize) {
      let range = start..<min(start + QueueActor.pieceSize, piece.specs.count)
      try await queue.stage(
        Array(piece.specs[range]), keys: Array(piece.keys[range]),
        rerun: Array(piece.rerun[range]), in: upload)
    }
  }

  private func check(
    _ body: RequestBody, _ parser: LineParser
  ) async throws(ErrorResponse) -> Response {
    let pieces = ParsedBody(body, parser, limit: services.linesLimit)
    var keys: [JobKey] = []
    while let piece = try await pieces.next() { keys += piece.keys }
    return .json(AnswerForm.trial(of: keys))
  }
}

/// The jobs of a body of lines, piece by piece.
private final class ParsedBody {
  private let body: RequestBody
  private let parser: LineParser
  private let limit: Int
  private var isOver = false

  /// How much text is parsed at once.
  private static let textSize = 512 << 10

  /// - Parameter limit: of the size of the body, in bytes.
  init(_ body: RequestBody, _ parser: LineParser, limit: Int) {
    self.body = body
    self.parser = parser
    self.limit = limit
    body.allowPauses()
  }

  /// The next jobs; nil at the end of the body.
  /// - Throws: what is wrong with the body, or with the first line that makes no sense.
  func next() async throws(ErrorResponse) -> JobLines.Piece? {
    if isOver { return nil }
    let text = try await body.next(atLeast: Self.textSize, limit: limit) ?? []
    isOver = text.count < Self.textSize
    return try await parser.take(text, isEnd: isOver)
  }
}
