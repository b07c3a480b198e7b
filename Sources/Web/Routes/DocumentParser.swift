import HTTP
import Jobs
import Manager
import Platform

/// Reads what a POST of jobs says: small bodies at once, large ones on a thread of its own, so
/// that nobody waits for them but their sender.
actor DocumentParser {
  nonisolated let executor: SerialQueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Up to how many bytes (about 1 ms of work) are read on the reactor.
  private static let inlineLimit = 256 << 10

  private init() { executor = SerialQueueExecutor(label: "parse jobs") }

  /// - Parameters:
  ///   - target: whose query gives the defaults.
  ///   - home: what `~` stands for in paths of this machine.
  static func parse(_ bytes: [UInt8], _ target: Target, home: String)
    async throws(ErrorResponse) -> JobDocument
  {
    if bytes.count <= inlineLimit { return try read(bytes, target, home) }
    return try await DocumentParser().parse(bytes, target, home)
  }

  private func parse(_ bytes: [UInt8], _ target: Target, _ home: String)
    throws(ErrorResponse) -> JobDocument
  {
    try Self.read(bytes, target, home)
  }

  private static func read(_ bytes: [UInt8], _ target: Target, _ home: String)
    throws(ErrorResponse) -> JobDocument
  {
    do throws(JobDocumentError) {
      return try JobDocument(bytes, parameters: target.query) { path throws(JobDocumentError) in
        let absolute = path.hasPrefix("~/") ? home + path.dropFirst() : path
        do throws(SystemError) {
          return String(decoding: try readFile(absolute), as: UTF8.self)
        } catch {
          throw JobDocumentError(message: "path [\(path)] could not be read: \(error)")
        }
      }
    } catch {
      throw ErrorResponse(400, error.message)
    }
  }
}
