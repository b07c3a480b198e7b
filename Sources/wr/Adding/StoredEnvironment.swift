import Jobs
import Platform

extension ManagerConnection {
  /// Stores our environment once for all the jobs that we add.
  ///
  /// - Returns: the key by which they name it.
  func storeEnvironment() throws -> String {
    var json = JSONWriter(capacity: 8192)
    json.beginArray()
    for entry in ownEnvironment() {
      // What has no name cannot be passed on (behaviour.md §4.10).
      guard let mark = entry.firstIndex(of: "="), mark > entry.startIndex else { continue }
      json.string(entry)
    }
    json.endArray()
    let answer = try ask("PUT", ["environments"], body: json.takeBytes())
    var reader = JSONReader(answer.body)
    try reader.beginObject()
    while let name = try reader.nextName() {
      if name == "Key" { return try reader.string() }
      try reader.skip()
    }
    throw StartError("the manager has stored the environment, but did not say its key")
  }
}
