/// Reads JSON (RFC 8259) by asking for what should come next; strict about all of the grammar,
/// about UTF-8 and about depth, also in what is skipped. A lone surrogate escape reads as U+FFFD.
///
///     try reader.beginObject()
///     while let property = try reader.nextMember(of: names) {
///       switch property { case .cmd: cmd = try reader.string() … }
///     }
///
/// Every value announced by `nextMember`, `nextName` or `nextElement` must be read or skipped
/// before the next is asked for. A repeated member is announced again, so that the last wins.
public struct JSONReader: Sendable {
  /// What kind of value stands somewhere.
  public enum Kind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case bool = "true or false"
    case null = "null"
  }

  private(set) var bytes: [UInt8]
  /// The byte at which reading goes on.
  public internal(set) var offset = 0
  private var depth = 0
  private let maximumDepth: Int
  /// Whether an object or array was opened and nothing of it read.
  private var isAtOpening = false

  public init(_ bytes: [UInt8], maximumDepth: Int = 100) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  /// Tells what comes next, without reading it.
  public mutating func kind() throws(JSONError) -> Kind {
    skipSpace()
    guard offset < bytes.count else { throw unexpectedEnd() }
    switch bytes[offset] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw unexpected(wanting: "a value")
    }
  }

  /// How many bytes are there that were not read.
  public var unreadCount: Int { bytes.count - offset }

  /// Takes more of the text in, after what it has.
  public mutating func append(_ more: [UInt8]) {
    if bytes.isEmpty { bytes = more } else { bytes += more }
  }

  /// Where reading stands: to come back to, and to try again when more of the text is there.
  public struct Place: Sendable {
    fileprivate var offset: Int
    fileprivate var depth: Int
    fileprivate var isAtOpening: Bool
  }

  public var place: Place {
    get { Place(offset: offset, depth: depth, isAtOpening: isAtOpening) }
    set { (offset, depth, isAtOpening) = (newValue.offset, newValue.depth, newValue.isAtOpening) }
  }

  /// Whether nothing but white space is left.
  public mutating func isAtEnd() -> Bool {
    skipSpace()
    return offset == bytes.count
  }

  /// Reads the end of the text.
  /// - Throws: if anything but white space is left.
  public mutating func finish() throws(JSONError) {
    guard isAtEnd() else { throw unexpected(wanting: "the end of the text") }
  }

  // MARK: Objects and arrays

  public mutating func beginObject() throws(JSONError) { try open(.object) }
  public mutating func beginArray() throws(JSONError) { try open(.array) }

  /// Reads the name of the object's next member; nil, once, at its end.
  public mutating func nextName() throws(JSONError) -> String? {
    guard try goesOn(until: UInt8(ascii: "}")) else { return nil }
    let name = try text(of: scanName())
    try readColon()
    return name
  }

  /// Reads on to the object's next member with a name that `names` has, skipping all others; nil,
  /// once, at the object's end.
  @inlinable
  public mutating func nextMember<Property>(of names: JSONNames<Property>) throws(JSONError)
    -> Property?
  {
    guard let index = try nextMember(in: names.table) else { return nil }
    return names.properties[index]
  }

  @usableFromInline
  mutating func nextMember(in table: JSONNameTable) throws(JSONError) -> Int? {
    while try goesOn(until: UInt8(ascii: "}")) {
      let name = try scanName()
      var found: Int?
      if name.hasEscapes {
        found = try Array(text(of: name).utf8).withUnsafeBufferPointer { table.index(of: $0[...]) }
      } else {
        found = bytes.withUnsafeBufferPointer { table.index(of: $0[name.range]) }
        if found == nil { try validate(name) }
      }
      try readColon()
      if let found { return found }
      try skip()
    }
    return nil
  }

  /// Reads on to the array's next element; false, once, at its end.
  public mutating func nextElement() throws(JSONError) -> Bool {
    try goesOn(until: UInt8(ascii: "]"))
  }

  /// Reads an array, each of its elements by `element`.
  public mutating func array<Element>(
    of element: (inout JSONReader) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    var elements: [Element] = []
    try beginArray()
    while try nextElement() { elements.append(try element(&self)) }
    return elements
  }

  /// Reads a value, whatever it is, and forgets it.
  public mutating func skip() throws(JSONError) {
    switch try kind() {
    case .object:
      try beginObject()
      while try goesOn(until: UInt8(ascii: "}")) {
        try validate(scanName())
        try readColon()
        try skip()
      }
    case .array:
      try beginArray()
      while try nextElement() { try skip() }
    case .string: try validate(scanString())
    case .number: _ = try scanNumber()
    case .bool: _ = try bool()
    case .null: _ = try null()
    }
  }

  // MARK: Literals

  public mutating func bool() throws(JSONError) -> Bool {
    try expect(.bool)
    let isTrue = bytes[offset] == UInt8(ascii: "t")
    try readLiteral(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads a null if there is one; false, and nothing read, if another value stands there.
  public mutating func null() throws(JSONError) -> Bool {
    guard try kind() == .null else { return false }
    try readLiteral("null")
    return true
  }

  // MARK: Grammar

  @inline(__always)
  mutating func skipSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0a, 0x0d, 0x09: offset += 1
      default: return
      }
    }
  }

  @inline(__always)
  mutating func expect(_ wanted: Kind) throws(JSONError) {
    let met = try kind()
    guard met == wanted else {
      throw JSONError(message: "\(wanted.rawValue) is wanted, not \(met.rawValue)", offset: offset)
    }
  }

  private mutating func open(_ kind: Kind) throws(JSONError) {
    try expect(kind)
    guard depth < maximumDepth else {
      throw JSONError(message: "more than \(maximumDepth) values inside each other", offset: offset)
    }
    depth += 1
    offset += 1
    isAtOpening = true
  }

  /// Reads the comma before the next member or element, or else the closing bracket.
  @inline(__always)
  private mutating func goesOn(until closing: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    guard offset < bytes.count else { throw unexpectedEnd() }
    if bytes[offset] == closing {
      offset += 1
      depth -= 1
      isAtOpening = false
      return false
    }
    if isAtOpening {
      isAtOpening = false
      return true
    }
    guard bytes[offset] == UInt8(ascii: ",") else {
      throw unexpected(wanting: closing == UInt8(ascii: "}") ? "a comma or }" : "a comma or ]")
    }
    offset += 1
    return true
  }

  private mutating func scanName() throws(JSONError) -> RawString {
    skipSpace()
    guard offset < bytes.count else { throw unexpectedEnd() }
    guard bytes[offset] == UInt8(ascii: "\"") else {
      throw unexpected(wanting: "a member's name")
    }
    return try scanString()
  }

  private mutating func readColon() throws(JSONError) {
    skipSpace()
    guard offset < bytes.count else { throw unexpectedEnd() }
    guard bytes[offset] == UInt8(ascii: ":") else { throw unexpected(wanting: "a colon") }
    offset += 1
  }

  private mutating func readLiteral(_ literal: StaticString) throws(JSONError) {
    for index in 0..<literal.utf8CodeUnitCount {
      guard offset + index < bytes.count else { throw unexpectedEnd() }
      guard bytes[offset + index] == literal.utf8Start[index] else {
        throw JSONError(message: "a misspelled \(literal)", offset: offset)
      }
    }
    offset += literal.utf8CodeUnitCount
  }

  // MARK: Errors

  func unexpectedEnd() -> JSONError {
    JSONError(message: "unexpected end of the text", offset: bytes.count)
  }

  private func unexpected(wanting wanted: String) -> JSONError {
    let byte = bytes[offset]
    let met =
      (0x21...0x7e).contains(byte)
      ? "\"\(Character(UnicodeScalar(byte)))\"" : "a byte of value \(byte)"
    return JSONError(message: "\(wanted) is wanted, not \(met)", offset: offset)
  }
}
