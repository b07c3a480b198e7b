import HTTP
import Jobs
import Manager

/// `GET /jobs/KEY/stdout` and `/stderr`: what is kept of what a job wrote, as plain text; an
/// addition to the original's API.
struct OutputRoute {
  enum Stream: String, Hashable, Sendable { case stdout, stderr }

  /// Whose output, and which.
  struct Asked: Hashable, Sendable {
    var key: JobKey
    var stream: Stream

    /// Reads the path after `/jobs/`; nil if it is not a key and a stream.
    init?(_ path: String?) {
      // Paths of a thousand keys are not looked through.
      guard let path, path.utf8.count < 48 else { return nil }
      let parts = path.split(separator: "/")
      guard parts.count == 2, let key = JobKey(parts[0]),
        let stream = Stream(rawValue: String(parts[1]))
      else { return nil }
      (self.key, self.stream) = (key, stream)
    }
  }

  private let queue: QueueActor

  init(_ queue: QueueActor) { self.queue = queue }

  func show(_ asked: Asked) async throws(ErrorResponse) -> Response {
    let output: JobOutput?
    do throws(QueueError) { output = try await queue.output(of: asked.key) } catch {
      throw ErrorResponse(error)
    }
    guard let output else { throw ErrorResponse(404, "no job has the key \(asked.key)") }
    let text = asked.stream == .stdout ? output.stdout : output.stderr
    var headers = Headers()
    headers.add("Content-Type", "text/plain; charset=utf-8")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("Cache-Control", "no-store")
    return Response(status: 200, headers: headers, body: .bytes(Array(text.utf8)))
  }
}
