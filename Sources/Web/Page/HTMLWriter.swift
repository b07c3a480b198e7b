/// Writes HTML. Markup can only be what stands in our source; everything else is escaped.
struct HTMLWriter {
  private(set) var bytes: [UInt8] = []

  /// Writes markup as it is.
  mutating func markup(_ markup: StaticString) {
    markup.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Writes text, for between tags or within a quoted attribute. Control characters that HTML
  /// does not allow become U+FFFD.
  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): markup("&amp;")
      case UInt8(ascii: "<"): markup("&lt;")
      case UInt8(ascii: ">"): markup("&gt;")
      case UInt8(ascii: "\""): markup("&quot;")
      case UInt8(ascii: "'"): markup("&#39;")
      case 0..<0x09, 0x0b, 0x0c, 0x0e..<0x20, 0x7f: markup("\u{fffd}")
      default: bytes.append(byte)
      }
    }
  }

  /// Writes an element that holds only text.
  /// - Parameter name: a tag's name, with attributes if need be.
  mutating func element(_ name: StaticString, _ text: String) {
    markup("<")
    markup(name)
    markup(">")
    self.text(text)
    markup("</")
    name.withUTF8Buffer { bytes.append(contentsOf: $0.prefix { $0 != UInt8(ascii: " ") }) }
    markup(">")
  }
}
