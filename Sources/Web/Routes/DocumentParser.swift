import Glibc
import HTTP
import Jobs
import Manager
import Platform

/// Reads what a POST of jobs says: small bodies at once, large ones, and those that name files to
/// be read, on a thread of its own, so that nobody waits for them but their sender.
actor DocumentParser {
  nonisolated let executor: SerialQueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Up to how many bytes (about 1 ms of work) are read on the reactor.
  private static let inlineLimit = 256 << 10
  /// The longest script that a job may name.
  private static let scriptLimit = 1 << 20

  private init() { executor = SerialQueueExecutor(label: "parse jobs") }

  /// - Parameters:
  ///   - target: whose query gives the defaults.
  ///   - home: what `~` stands for in paths of this machine.
  static func parse(_ bytes: [UInt8], _ target: Target, home: String)
    async throws(ErrorResponse) -> JobDocument
  {
    if bytes.count <= inlineLimit {
      var namesFile = false
      do throws(JobDocumentError) {
        return try JobDocument(bytes, parameters: target.query) { path throws(JobDocumentError) in
          namesFile = true
          throw JobDocumentError(message: "path [\(path)] is not read here")
        }
      } catch {
        if !namesFile { throw ErrorResponse(400, error.message) }
      }
    }
    return try await DocumentParser().parse(bytes, target, home)
  }

  /// Reads what a PATCH of jobs says, on a thread of its own: it may name a file.
  static func parseModification(
    _ bytes: [UInt8], home: String
  ) async throws(ErrorResponse) -> ModificationDocument {
    try await DocumentParser().parseModification(bytes, home)
  }

  private func parse(_ bytes: [UInt8], _ target: Target, _ home: String)
    throws(ErrorResponse) -> JobDocument
  {
    do throws(JobDocumentError) {
      return try JobDocument(bytes, parameters: target.query) { path throws(JobDocumentError) in
        try Self.script(path, home)
      }
    } catch {
      throw ErrorResponse(400, error.message)
    }
  }

  private func parseModification(
    _ bytes: [UInt8], _ home: String
  ) throws(ErrorResponse) -> ModificationDocument {
    do throws(JobDocumentError) {
      return try ModificationDocument(bytes) { path throws(JobDocumentError) in
        try Self.script(path, home)
      }
    } catch {
      throw ErrorResponse(400, error.message)
    }
  }

  /// The text of a script that a job names, for its file on this machine.
  static func script(_ path: String, _ home: String) throws(JobDocumentError) -> String {
    do throws(SystemError) {
      return try script(path.hasPrefix("~/") ? home + path.dropFirst() : path)
    } catch {
      throw JobDocumentError(message: "path [\(path)] could not be read: \(error)")
    }
  }

  /// The text of a script. What is no regular file may never end, or never begin.
  private static func script(_ path: String) throws(SystemError) -> String {
    let file = try openFile(path, O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw SystemError(operation: "look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(code: EINVAL, operation: "read \(path), which is no regular file")
    }
    guard status.st_size <= scriptLimit else {
      throw SystemError(
        code: EFBIG, operation: "read \(path), which is longer than \(scriptLimit) bytes")
    }
    return String(decoding: try readFile(path), as: UTF8.self)
  }
}
