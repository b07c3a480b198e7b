import Jobs

/// Writes environments that jobs share, each once, as a JSON array of its entries.
final class EnvironmentTable {
  private let insert: Statement

  init(_ database: borrowing Database) throws(StoreError) {
    insert = try Statement("INSERT OR IGNORE INTO environments VALUES (?, ?)", on: database)
  }

  func put(_ entries: [String], _ key: EnvironmentKey) throws(StoreError) {
    var json = JSONWriter()
    json.beginArray()
    for entry in entries { json.string(entry) }
    json.endArray()
    try insert.bind(1, key.description)
    try insert.bind(2, utf8: json.takeBytes())
    try insert.run()
  }

  /// Those of the environments that are stored.
  static func all(
    _ keys: Set<EnvironmentKey>, _ database: borrowing Database
  ) throws(StoreError) -> [EnvironmentKey: [String]] {
    let find = try Statement("SELECT entries FROM environments WHERE key = ?", on: database)
    var found: [EnvironmentKey: [String]] = [:]
    for key in keys {
      try find.bind(1, key.description)
      if try find.step() { found[key] = try entries(find, 0) }
      find.reset()
    }
    return found
  }

  /// Reads the entries in a column of a row.
  static func entries(
    _ row: borrowing Statement, _ column: Int32
  ) throws(StoreError) -> [String] {
    do throws(JSONError) {
      var reader = JSONReader(row.bytes(column))
      return try reader.strings()
    } catch {
      throw row.damage("an environment cannot be read: \(error.message)")
    }
  }
}
