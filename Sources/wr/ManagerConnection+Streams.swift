import HTTP
import Jobs
import Platform

/// Answers of any length, taken piece by piece as they come.
extension ManagerConnection {
  /// Asks for several things at once, and takes their pieces into one value.
  ///
  /// - Parameters:
  ///   - requests: path and query of each; all by GET.
  ///   - isEndless: whether pieces are waited for as long as it takes.
  ///   - take: called with the index of a request and the next piece of its answer.
  /// - Returns: the value in the end.
  /// - Throws: what is in the way, what `take` throws, and the manager's own sentence if it refuses.
  func stream<Value: Sendable>(
    _ requests: [(path: [String], query: [(String, String)])], isEndless: Bool = false,
    into value: Value,
    _ take: @escaping @Sendable (inout Value, Int, [UInt8]) throws -> Void
  ) throws -> Value {
    let targets = requests.map { target($0.path, query: $0.query) }
    let reactor = try Reactor()
    let clients = targets.map { _ in client(on: reactor) }
    let timeout = timeout
    let taking = Taking(value, take)
    do {
      return try reactor.runUntilDone {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for (index, target) in targets.enumerated() {
            group.addTask {
              let answer = try await clients[index].stream(
                "GET", target, idle: timeout, isEndless: isEndless
              ) { await taking.take(index, $0) }
              await clients[index].close()
              guard answer.status < 400 else { throw Refusal(answer: answer) }
            }
          }
          try await group.waitForAll()
        }
        if let failure = await taking.failure { throw failure }
        return await taking.value
      }
    } catch let refusal as Refusal {
      throw Self.error(status: refusal.answer.status, refusal.answer.body)
    } catch let error as TLSError {
      throw Self.unreachable(error)
    } catch let error as ConnectError {
      throw Self.unreachable(error)
    }
  }

  private struct Refusal: Error { var answer: Client.Answer }

  /// What has been made of the pieces that have come.
  private actor Taking<Value: Sendable> {
    var value: Value
    private(set) var failure: (any Error)?
    private let body: @Sendable (inout Value, Int, [UInt8]) throws -> Void

    init(_ value: Value, _ body: @escaping @Sendable (inout Value, Int, [UInt8]) throws -> Void) {
      self.value = value
      self.body = body
    }

    /// - Returns: whether more is wanted.
    func take(_ index: Int, _ piece: [UInt8]) -> Bool {
      do {
        try body(&value, index, piece)
        return true
      } catch {
        failure = failure ?? error
        return false
      }
    }
  }
}
