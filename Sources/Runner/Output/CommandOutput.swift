import Jobs

/// What a command has written, as far as it is kept.
struct CommandOutput: Sendable {
  private var stdout = LineFilter()
  private var stderr = LineFilter()

  subscript(stream: OutputStream) -> LineFilter {
    get { stream == .stdout ? stdout : stderr }
    _modify {
      if stream == .stdout { yield &stdout } else { yield &stderr }
    }
  }

  /// Ends both streams.
  /// - Returns: what is to be shown of them.
  mutating func finish() -> (stdout: String, stderr: String) {
    (stdout.finish(), stderr.finish())
  }
}
