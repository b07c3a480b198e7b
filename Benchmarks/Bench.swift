import Glibc
import Platform

/// What every measurement is given.
struct Bench: Sendable {
  let reactor: Reactor
  let isQuick: Bool
  /// How often what is short is measured, each time beside its limit.
  let rounds: Int

  /// No request of ours takes longer.
  static let deadline = Duration.seconds(900)

  init(_ options: Options, on reactor: Reactor) {
    self.reactor = reactor
    isQuick = options.isQuick
    rounds = options.rounds ?? (options.isQuick ? 1 : 5)
  }

  func size(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

  /// Shows what is being done.
  func say(_ words: String) {
    let line = Array("  \(words)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }

  /// Gives `body` a manager of its own.
  ///
  /// - Parameter hasBackups: see `BenchManager`.
  func withManager<Result>(
    hasBackups: Bool = true, _ body: (BenchManager) async throws -> Result
  ) async throws -> Result {
    let manager = try await BenchManager(on: reactor, hasBackups: hasBackups)
    do {
      let result = try await body(manager)
      try manager.close()
      return result
    } catch {
      try manager.close()
      throw error
    }
  }

  /// How long `body` takes, in seconds.
  func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = Instant.now
    try await body()
    return (Instant.now - start).seconds
  }
}

extension Duration {
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
