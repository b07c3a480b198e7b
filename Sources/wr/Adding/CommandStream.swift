import Jobs
import Platform

/// A file of commands on its way to the manager: it is read as it is sent, what is odd is told as it
/// is found and, on a terminal, how far it is.
actor CommandStream {
  private var file: CommandFile
  private let takesOne: Bool
  private var progress: UploadProgress?
  private let tell: @Sendable (CommandLines.Oddity) -> Void

  /// - Parameters:
  ///   - takesOne: whether any other number of commands than one is an error.
  ///   - tell: says what may be a mistake.
  init(
    _ file: CommandFile, takesOne: Bool = false, showsProgress: Bool = false,
    tell: @escaping @Sendable (CommandLines.Oddity) -> Void = { _ in }
  ) {
    self.file = file
    self.takesOne = takesOne
    self.tell = tell
    progress = showsProgress ? UploadProgress(begun: .now) : nil
  }

  /// The next lines to be sent; nil at the end.
  func next() throws -> [UInt8]? {
    do {
      let piece = try file.next()
      if takesOne { try checkCount(isEnd: piece == nil) }
      let oddities = file.lines.takeOddities()
      if !oddities.isEmpty { progress?.erase() }
      oddities.forEach(tell)
      progress?.show(file.lines.lineCount, isEnd: piece == nil, now: .now)
      return piece
    } catch {
      progress?.erase()
      throw error
    }
  }

  /// What is known of the commands, when the manager has answered.
  func end() -> CommandLines {
    progress?.erase()
    return file.lines
  }

  private func checkCount(isEnd: Bool) throws {
    guard isEnd || file.lines.count > 1, file.lines.count != 1 else { return }
    while try file.next() != nil {}
    throw UsageError("--sync takes exactly 1 command, not \(file.lines.count)")
  }
}

extension ManagerConnection {
  /// Adds the commands, all or none.
  ///
  /// - Parameter parameters: what holds for all of them, as the URL says it.
  func add(
    _ commands: CommandStream, _ parameters: [(name: String, value: String)]
  ) throws -> (result: AddResult, lines: CommandLines) {
    let (answer, lines) = try post(
      commands, ["jobs"], query: parameters.map { ($0.name, $0.value) })
    return (try AddResult(answer.body), lines)
  }

  /// Has all checked, and nothing added: tells the keys that the jobs would have.
  func trial(
    of commands: CommandStream, _ parameters: [(name: String, value: String)]
  ) throws -> (result: AddResult, lines: CommandLines) {
    try add(commands, parameters + [("dry_run", "true")])
  }
}
