import Glibc
import HTTP
import Jobs
import Platform

/// Takes files to the manager's machine (behaviour.md §11.8).
struct UploadRoute {
  private let services: WebServices
  private let log: Log

  init(_ services: WebServices, _ log: Log) {
    self.services = services
    self.log = log
  }

  /// Stores the body, piece by piece as it comes, and answers where.
  func put(_ body: RequestBody, _ target: Target) async throws(ErrorResponse) -> Response {
    let destination = try UploadDestination(
      parameter: target["path"], home: services.home, directory: services.uploadDirectory)
    try body.checkLength(services.uploadLimit)
    let writer = UploadWriter(destination)
    do throws(ErrorResponse) {
      let path = try await store(body, with: writer)
      var json = JSONWriter()
      json.beginObject()
      json.name("path")
      json.string(path)
      json.endObject()
      json.newline()
      return .json(.bytes(json.takeBytes()))
    } catch {
      await writer.abandon()
      throw error
    }
  }

  private func store(
    _ body: RequestBody, with writer: UploadWriter
  ) async throws(ErrorResponse) -> String {
    try await attempt { () async throws(SystemError) in try await writer.begin() }
    var size = 0
    while let piece = try await body.next() {
      size += piece.count
      guard size <= services.uploadLimit else { throw body.tooLarge(services.uploadLimit) }
      try await attempt { () async throws(SystemError) in try await writer.write(piece) }
    }
    return try await attempt { () async throws(SystemError) in try await writer.finish() }
  }

  private func attempt<Result>(
    _ step: () async throws(SystemError) -> Result
  ) async throws(ErrorResponse) -> Result {
    do throws(SystemError) {
      return try await step()
    } catch {
      guard error.code == ENOSPC || error.code == EDQUOT else {
        log.warning("an upload failed: \(error)")
        throw ErrorResponse(500, "file upload failed")
      }
      throw ErrorResponse(507, "file upload failed: there is no space left on the disk")
    }
  }
}
