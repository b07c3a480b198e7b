import Glibc

/// The terminal that standard output may be.
enum Terminal {
  static var isThere: Bool { isatty(1) == 1 }

  /// Whether colours are welcome (no-color.org).
  static var hasColours: Bool {
    isThere && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
      && getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// Columns and rows as they are now; 80 by 24 if that cannot be found out.
  static var size: (width: Int, height: Int) {
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Replaces lines that were drawn before by others (ECMA-48: cursor up, erase below).
  static func redraw(_ lines: [String], over count: Int) {
    let up = count > 0 ? "\u{1b}[\(count)A\r" : ""
    emit(up + "\u{1b}[J" + lines.map { "\($0)\n" }.joined())
  }
}
