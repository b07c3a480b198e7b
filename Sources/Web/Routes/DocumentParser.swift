import HTTP
import Jobs
import Platform

/// Reads what a POST of jobs says: small bodies at once, large ones, and those that name files to
/// be read, on a thread of its own, so that nobody waits for them but their sender. Of a large one a
/// piece is read there while the next comes.
actor DocumentParser {
  nonisolated let executor: SerialQueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private var reader: JobDocumentReader
  private let home: String

  /// About how many bytes (half a millisecond of work) are read on the reactor, and at once.
  private static let pieceSize = 128 << 10

  private init(_ target: Target, home: String) throws(ErrorResponse) {
    executor = SerialQueueExecutor(label: "parse jobs")
    self.home = home
    do throws(JobDocumentError) { reader = try JobDocumentReader(target.query) } catch {
      throw ErrorResponse(400, error.message)
    }
  }

  /// - Parameters:
  ///   - target: whose query gives the defaults.
  ///   - home: what `~` stands for in paths of this machine.
  ///   - limit: of the size of the body, in bytes.
  static func parse(
    _ body: RequestBody, _ target: Target, home: String, limit: Int
  ) async throws(ErrorResponse) -> JobDocument {
    var text = try await body.next(atLeast: pieceSize, limit: limit) ?? []
    if body.isRead, let document = try parseHere(text, target) { return document }
    let parser = try DocumentParser(target, home: home)
    while !body.isRead {
      let piece = text
      async let taken: Void = parser.take(piece)
      text = try await body.next(atLeast: pieceSize, limit: limit) ?? []
      await taken
    }
    return try await parser.finish(text)
  }

  /// - Returns: nil if it names a file.
  private static func parseHere(
    _ body: [UInt8], _ target: Target
  ) throws(ErrorResponse) -> JobDocument? {
    var namesFile = false
    do throws(JobDocumentError) {
      return try JobDocument(body, parameters: target.query) { path throws(JobDocumentError) in
        namesFile = true
        throw JobDocumentError(message: "path [\(path)] is not read here")
      }
    } catch {
      if namesFile { return nil }
      throw ErrorResponse(400, error.message)
    }
  }

  private func take(_ text: [UInt8]) {
    reader.take(text) { path throws(JobDocumentError) in try ScriptFile.text(path, home: home) }
  }

  private func finish(_ text: [UInt8]) throws(ErrorResponse) -> JobDocument {
    do throws(JobDocumentError) {
      return try reader.finish(text) { path throws(JobDocumentError) in
        try ScriptFile.text(path, home: home)
      }
    } catch {
      throw ErrorResponse(400, error.message)
    }
  }
}
