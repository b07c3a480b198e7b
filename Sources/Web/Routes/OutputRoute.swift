import HTTP
import Jobs
import Manager

/// `GET /jobs/KEY/stdout` and `/stderr`: what a job wrote, as plain text: what is kept if it has
/// ended; while it runs what it has written so far, and with `follow=true` what it goes on to write;
/// an addition to the original's API.
struct OutputRoute {
  /// Whose output, and which.
  struct Asked: Hashable, Sendable {
    var key: JobKey
    var stream: OutputStream

    /// Reads the path after `/jobs/`; nil if it is not a key and a stream.
    init?(_ path: String?) {
      // Paths of a thousand keys are not looked through.
      guard let path, path.utf8.count < 48 else { return nil }
      let parts = path.split(separator: "/")
      guard parts.count == 2, let key = JobKey(parts[0]),
        let stream = OutputStream(rawValue: String(parts[1]))
      else { return nil }
      (self.key, self.stream) = (key, stream)
    }
  }

  private let queue: QueueActor

  init(_ queue: QueueActor) { self.queue = queue }

  func show(_ asked: Asked, _ method: String, _ target: Target) async throws(ErrorResponse)
    -> Response
  {
    let output: FollowedOutput?
    do throws(QueueError) {
      if method == "HEAD" {
        // Nobody would be there to see it.
        output = try await queue.output(of: asked.key).map { _ in .kept("") }
      } else {
        output = try await queue.written(
          by: asked.key, to: asked.stream, follows: target["follow"] == "true")
      }
    } catch {
      throw ErrorResponse(error)
    }
    var headers = Headers()
    headers.add("Content-Type", "text/plain; charset=utf-8")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("Cache-Control", "no-store")
    switch output {
    case nil: throw ErrorResponse(404, "no job has the key \(asked.key)")
    case .kept(let text):
      return Response(status: 200, headers: headers, body: .bytes(Array(text.utf8)))
    case .live(let pieces):
      return Response(status: 200, headers: headers, body: .lines(pieces))
    }
  }
}
