import Jobs

/// Prints jobs one after the other, however many there are: plain, as details, a table or JSON.
struct JobPrinter: Sendable {
  private let format: StatusQuery.Format
  private let details: StatusDetails
  private let table: StatusTable
  private var count = 0
  private(set) var hasBuried = false
  /// What waits to be written.
  private var buffer: [UInt8] = []

  /// How much is written at once.
  private static let pieceSize = 64 << 10

  init(_ format: StatusQuery.Format, details: StatusDetails, table: StatusTable) {
    self.format = format
    self.details = details
    self.table = table
    if format == .json { buffer += "[".utf8 }
    if format == .table { buffer += table.header.utf8 }
  }

  mutating func show(_ job: ShownJob) {
    switch format {
    case .json:
      if count > 0 { buffer += ",".utf8 }
      buffer += job.json
    case .plain: buffer += "\(job.key)\t\(job.state)\n".utf8
    case .table: buffer += table.line(job).utf8
    case .details, .summary, .counts: buffer += details.text(job).utf8
    }
    count += 1
    if job.state == "buried" { hasBuried = true }
    if buffer.count >= Self.pieceSize { flush() }
  }

  /// - Parameter isSpaced: whether an empty line follows, as after all that `wr status` shows but
  ///   `plain` (cli.md §3).
  mutating func finish(isSpaced: Bool) {
    if format == .json { buffer += "]\n".utf8 }
    if isSpaced { buffer += "\n".utf8 }
    flush()
  }

  private mutating func flush() {
    emit(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
