import Jobs

extension ManagerConnection {
  /// Writes what a job writes, or has written, to where it belongs.
  ///
  /// - Parameters:
  ///   - follows: until it has ended.
  ///   - asJSON: as lines of objects, all to standard output.
  func showOutput(of key: String, follows: Bool = false, asJSON: Bool = false) throws {
    let query = follows ? [("follow", "true")] : []
    let shown = OutputStream.allCases.map { ShownOutput(stream: $0, isJSON: asJSON) }
    let rest = try stream(
      shown.map { (["jobs", key, $0.stream.rawValue], query) }, isEndless: follows, into: shown
    ) { shown, index, piece in shown[index].take(piece) }
    for var output in rest { output.finish() }
  }
}

/// One of the streams a job writes to, as it is shown.
struct ShownOutput {
  let stream: OutputStream
  let isJSON: Bool
  /// Bytes of a character that has not come whole; larger than any piece.
  private var passing = PassingOutput(limit: 1 << 20)
  private var lastByte = UInt8(ascii: "\n")

  init(stream: OutputStream, isJSON: Bool) {
    self.stream = stream
    self.isJSON = isJSON
  }

  mutating func take(_ piece: [UInt8]) {
    guard isJSON else {
      lastByte = piece.last ?? lastByte
      return emit(piece, to: stream == .stdout ? 1 : 2)
    }
    passing.append(piece)
    show(passing.takeText(isLast: false))
  }

  /// What follows it begins on a line of its own.
  mutating func finish() {
    if isJSON {
      show(passing.takeText(isLast: true))
    } else if lastByte != UInt8(ascii: "\n") {
      emit([UInt8(ascii: "\n")], to: stream == .stdout ? 1 : 2)
    }
  }

  private func show(_ text: String) {
    if text.isEmpty { return }
    var json = JSONWriter()
    json.beginObject()
    json.member("Stream", stream.rawValue)
    json.member("Text", text)
    json.endObject()
    json.newline()
    emit(json.takeBytes())
  }
}
