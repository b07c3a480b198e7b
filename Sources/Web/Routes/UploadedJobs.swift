import HTTP
import Jobs
import Manager

/// Adds jobs that come as lines, `application/x-ndjson`, however many: they are read, checked and
/// written as they come, and are there all at once, or not at all (decision 8).
struct UploadedJobs {
  private let services: WebServices
  private let queue: QueueActor

  /// How much text is read at once.
  private static let textSize = 512 << 10

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
    var count = 0
    try await read(body, parser) { piece throws(ErrorResponse) in
      count += piece.specs.count
      do throws(QueueError) { try await stage(piece, in: upload) } catch {
        throw ErrorResponse(error)
      }
    }
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

  private func stage(_ piece: JobLines.Piece, in upload: UploadID) async throws(QueueError) {
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
    var keys: [JobKey] = []
    try await read(body, parser) { keys += $0.keys }
    return .json(AnswerForm.trial(of: keys))
  }

  /// Reads the body piece by piece. While one is dealt with no more is taken off the connection, so
  /// that the client sends no faster than we write.
  private func read(
    _ body: RequestBody, _ parser: LineParser,
    _ take: (JobLines.Piece) async throws(ErrorResponse) -> Void
  ) async throws(ErrorResponse) {
    try body.checkLength(services.linesLimit)
    body.allowPauses()
    var text: [UInt8] = []
    var size = 0
    while let piece = try await body.next() {
      size += piece.count
      guard size <= services.linesLimit else { throw body.tooLarge(services.linesLimit) }
      text += piece
      if text.count >= Self.textSize {
        try await take(try await parser.take(text, isEnd: false))
        text.removeAll(keepingCapacity: true)
      }
    }
    try await take(try await parser.take(text, isEnd: true))
  }
}
