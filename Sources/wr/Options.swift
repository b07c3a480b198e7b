import Jobs

/// Options of many sub-commands, and their values.
extension Option {
  static let json = Option(name: "json", help: "print the result as JSON, for programs")
}

/// Prints an object, for programs.
func emitJSON(_ write: (inout JSONWriter) -> Void) {
  var json = JSONWriter()
  json.beginObject()
  write(&json)
  json.endObject()
  json.newline()
  emit(json.takeBytes())
}

extension Arguments {
  /// The value of an option that is a time, as 1h30m.
  func duration(_ name: String) throws(UsageError) -> Duration? {
    guard let text = self[name] else { return nil }
    do throws(UnitText.Fault) {
      return try UnitText.duration(text)
    } catch {
      throw UsageError(
        "--\(name) takes a time such as 90s, 30m or 1h30m, not \"\(text)\": \(error)")
    }
  }

  /// Says what was done, as a sentence or, with `--json`, in figures.
  ///
  /// - Returns: the exit code of a success.
  func report(_ done: JobTargets.Acted, _ sentence: String) -> Int32 {
    guard has("json") else {
      Notice.info(sentence)
      return 0
    }
    emitJSON { json in
      json.member("Acted", done.acted)
      json.member("Eligible", done.eligible)
    }
    return 0
  }
}
