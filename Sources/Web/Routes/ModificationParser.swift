import HTTP
import Platform

/// Reads what a PATCH of jobs says, on a thread of its own: it may name a file.
actor ModificationParser {
  nonisolated let executor: SerialQueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private init() { executor = SerialQueueExecutor(label: "parse a modification") }

  /// - Parameter home: what `~` stands for in paths of this machine.
  static func parse(
    _ bytes: [UInt8], home: String
  ) async throws(ErrorResponse) -> ModificationDocument {
    try await ModificationParser().parse(bytes, home)
  }

  private func parse(
    _ bytes: [UInt8], _ home: String
  ) throws(ErrorResponse) -> ModificationDocument {
    do throws(JobDocumentError) {
      return try ModificationDocument(bytes) { path throws(JobDocumentError) in
        try ScriptFile.text(path, home: home)
      }
    } catch {
      throw ErrorResponse(400, error.message)
    }
  }
}
