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

  /// - Parameter target: whose query gives the defaults.
  static func parse(_ bytes: [UInt8], _ target: Target) async throws(ErrorResponse) -> JobDocument {
    if bytes.count <= inlineLimit { return try read(bytes, target) }
    return try await DocumentParser().parse(bytes, target)
  }

  private func parse(_ bytes: [UInt8], _ target: Target) throws(ErrorResponse) -> JobDocument {
    try Self.read(bytes, target)
  }
}
