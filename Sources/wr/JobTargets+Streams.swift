import Jobs
import Manager

extension JobTargets {
  /// Goes through the jobs, as a GET with these parameters shows them, while they come: however
  /// many there are, no more than a few are held.
  ///
  /// - Returns: the value that `take` has made of them.
  func fold<Value: Sendable>(
    _ query: [(String, String)] = [], into value: Value,
    _ take: @escaping @Sendable (inout Value, ShownJob) throws -> Void
  ) throws -> Value {
    try foldElements(query, into: value) { value, element in
      try take(&value, ShownJob(element))
    }
  }

  /// The same of objects that are not read yet.
  func foldElements<Value: Sendable>(
    _ query: [(String, String)], into value: Value,
    _ take: @escaping @Sendable (inout Value, [UInt8]) throws -> Void
  ) throws -> Value {
    var value = value
    for request in requests(query) {
      let state = Folding(value: value)
      let taken = try manager.stream([request], into: state) { state, _, piece in
        try state.take(piece, take)
      }
      guard taken.elements.isComplete else { throw StartError("the manager's answer is not whole") }
      value = taken.value
    }
    return value
  }
}

/// What has been made of the elements of an array that has come in part.
private struct Folding<Value: Sendable>: Sendable {
  var elements = JSONElements()
  var value: Value

  mutating func take(
    _ piece: [UInt8], _ take: (inout Value, [UInt8]) throws -> Void
  ) throws {
    var elements = JSONElements()
    swap(&elements, &self.elements)
    try elements.append(piece) { try take(&value, $0) }
    self.elements = elements
  }
}
