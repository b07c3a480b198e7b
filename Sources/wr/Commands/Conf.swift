import Jobs
import Manager

extension Command {
  static let conf = Command(
    words: ["conf"], summary: "show the settings in force, and where each comes from",
    options: [
      Option(
        name: "default", short: "d", help: "print a configuration file of all settings, commented"),
      Option.json,
    ]
  ) { arguments in
    if arguments.has("default") {
      emit(template())
      return 0
    }
    let settings = try Configuration.current(arguments).settings
    let rows = ConfigurationKey.allCases.compactMap { key in
      settings[key].map { (key.rawValue, $0.value, "\($0.source)") }
    }
    emit(arguments.has("json") ? json(rows) : table([("Config", "Value", "Source")] + rows))
    return 0
  }

  /// Rows in columns, the first of which is the header.
  static func table(_ rows: [(String, String, String)]) -> String {
    let widths = [
      rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0,
      rows.map(\.2.count).max() ?? 0,
    ]
    let rule = "+" + widths.map { String(repeating: "-", count: $0 + 2) + "+" }.joined() + "\n"
    let lines = rows.map { row in
      let cells = zip([row.0, row.1, row.2], widths).map { text, width in
        " \(text)\(String(repeating: " ", count: width - text.count)) |"
      }
      return "|\(cells.joined())\n"
    }
    return rule + (lines.first ?? "") + rule + lines.dropFirst().joined() + rule
  }

  private static func json(_ rows: [(String, String, String)]) -> String {
    var json = JSONWriter()
    json.beginArray()
    for row in rows {
      json.beginObject()
      json.member("Config", row.0)
      json.member("Value", row.1)
      json.member("Source", row.2)
      json.endObject()
    }
    json.endArray()
    json.newline()
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }

  /// A configuration file that changes nothing until a line of it is uncommented.
  static func template() -> String {
    """
    # Settings of wr, to be put into ~/.wr_config.yml; or into ~/.wr_config.production.yml, for that
    # deployment only. Files in the working directory win over those in the home directory, these
    # over those in $WR_CONFIG_DIR; environment variables WR_NAME win over all files.

    \(ConfigurationKey.allCases.filter { $0 != .deployment }.map(line).joined())
    """
  }

  private static func line(_ key: ConfigurationKey) -> String {
    "# \(key.rawValue): \(key.standard.isEmpty ? "\"\"" : "\"\(key.standard)\"")\n"
  }
}
