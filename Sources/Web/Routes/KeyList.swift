import Jobs

/// The keys of many jobs as the last member of a JSON object, made piece by piece: those of a
/// million jobs are never one text.
final class KeyList {
  private var json: JSONWriter
  private var keys: ArraySlice<JobKey>
  private var hasEnded = false

  /// - Parameter json: the object, with what comes before.
  init(of keys: [JobKey], endingObject json: consuming JSONWriter) {
    self.json = json
    self.keys = keys[...]
    self.json.name("Keys")
    self.json.beginArray()
  }

  /// The object as the body of a response: with its length if it is short, else in pieces.
  func body() -> Response.Body {
    let first = next() ?? []
    return hasEnded ? .bytes(first) : .pieces(first: first) { self.next() }
  }

  private func next() -> [UInt8]? {
    if hasEnded { return nil }
    while json.count < StatusList.pieceSize {
      guard let key = keys.popFirst() else {
        json.endArray()
        json.endObject()
        json.newline()
        hasEnded = true
        break
      }
      json.string(key.description)
    }
    return json.takeBytes()
  }
}
