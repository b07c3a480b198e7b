import Platform

/// What a sub-command has to say to people, on standard error, so that standard output is for data
/// alone. The first word tells how bad it is; scripts look for `EROR` (cli.md §0).
enum Notice: String {
  case info = "INFO"
  case warning = "WARN"
  case error = "EROR"

  func callAsFunction(_ message: String) {
    emit("\(rawValue) \(message)\n", to: 2)
  }
}

/// Writes what a sub-command has to give: by default to standard output.
func emit(_ text: String, to descriptor: Int32 = 1) { emit(Array(text.utf8), to: descriptor) }

func emit(_ bytes: [UInt8], to descriptor: Int32 = 1) {
  // Whoever read it has gone away: then there is nobody left to tell.
  try? writeAll(bytes, to: descriptor, path: "output")
}
