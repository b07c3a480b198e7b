import HTTP
import Jobs
import Manager
import Platform

/// Reads jobs that come as lines, on a thread of its own, so that nobody waits for them but their
/// sender.
actor LineParser {
  nonisolated let executor: SerialQueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private var lines: JobLines
  private let home: String

  /// - Parameters:
  ///   - target: whose query gives the defaults.
  ///   - home: what `~` stands for in paths of this machine.
  /// - Throws: 400 if the defaults make no sense.
  init(_ target: Target, home: String) throws(ErrorResponse) {
    executor = SerialQueueExecutor(label: "parse lines")
    self.home = home
    do throws(JobDocumentError) { lines = try JobLines(target.query) } catch {
      throw ErrorResponse(400, error.message)
    }
  }

  var limits: [(group: LimitGroup, limit: Int)] { lines.limits }

  /// Reads the lines that are whole with this text.
  /// - Throws: 400 naming the first line that makes no sense.
  func take(_ text: [UInt8], isEnd: Bool) throws(ErrorResponse) -> JobLines.Piece {
    do throws(JobDocumentError) {
      return try lines.take(text, isEnd: isEnd) { path throws(JobDocumentError) in
        try ScriptFile.text(path, home: home)
      }
    } catch {
      throw ErrorResponse(400, error.message)
    }
  }
}
