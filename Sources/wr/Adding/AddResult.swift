import Jobs

/// What the manager says became of jobs that were posted with `answer=keys` or `counts`.
struct AddResult: Hashable {
  var added = 0
  /// They were in the queue already.
  var queued = 0
  /// They were complete already.
  var complete = 0
  /// How many make sense, of a dry run.
  var valid = 0
  /// Of those that are in the queue, in the order they were posted in.
  var keys: [String] = []

  var duplicates: Int { queued + complete }

  init(_ answer: [UInt8]) throws(JSONError) {
    var reader = JSONReader(answer)
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "Added": added = try reader.int()
      case "Queued": queued = try reader.int()
      case "Complete": complete = try reader.int()
      case "Valid": valid = try reader.int()
      case "Keys": keys = try reader.strings()
      default: try reader.skip()
      }
    }
  }
}
