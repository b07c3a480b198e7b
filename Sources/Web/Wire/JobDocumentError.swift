/// Why a POST of jobs is refused: the sentence that answers it, with a 400.
struct JobDocumentError: Error, Hashable, Sendable {
  var message: String

  init(message: String) { self.message = message }

  /// A fault of one job, in the words that clients of the original know (behaviour.md §4.4).
  /// - Parameter index: its place in the array, counted from 0; nil if it is the only one.
  init(job fault: String, index: Int?) {
    message =
      "there was a problem interpreting your job: \(fault)"
      + (index.map { " (at index \($0))" } ?? "")
  }
}
