/// A value that manager and runner hosts send each other, or that is stored, as JSON.
///
/// Units are part of the names; members that have their usual value are left out; members that
/// are not known are ignored, so that older programs read what newer ones wrote.
public protocol JSONCoded {
  /// Writes the value as one JSON value.
  func encode(into writer: inout JSONWriter)

  /// Reads the value that comes next.
  /// - Throws: for what is not JSON, is of the wrong kind, or lacks a member it cannot do without.
  init(from reader: inout JSONReader) throws(JSONError)
}

extension JSONCoded {
  /// One JSON text, without a newline.
  public func encoded() -> [UInt8] {
    var writer = JSONWriter()
    encode(into: &writer)
    return writer.takeBytes()
  }

  /// Reads a text that holds this value and nothing else; white space around it does not matter.
  public init(decoding bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }
}

extension JSONReader {
  /// The value of a member that must be there.
  func require<Value>(_ value: Value?, _ name: StaticString) throws(JSONError) -> Value {
    guard let value else {
      throw JSONError(message: "an object without its member \(name)", offset: offset)
    }
    return value
  }

  /// Reads an array of strings.
  public mutating func strings() throws(JSONError) -> [String] {
    try array { reader throws(JSONError) in try reader.string() }
  }

  /// Reads an array of values of one type.
  public mutating func array<Value: JSONCoded>(of type: Value.Type) throws(JSONError) -> [Value] {
    try array { reader throws(JSONError) in try Value(from: &reader) }
  }

  mutating func duration() throws(JSONError) -> Duration { .nanoseconds(try int()) }

  mutating func timestamp() throws(JSONError) -> Timestamp {
    Timestamp(nanoseconds: Int64(try int()))
  }

  mutating func megabytes() throws(JSONError) -> Megabytes { Megabytes(try int()) }

  /// Reads one of the raw values of an enumeration.
  mutating func choice<Choice>(of type: Choice.Type) throws(JSONError) -> Choice
  where Choice: RawRepresentable<String> & CaseIterable {
    let start = offset
    let text = try string()
    guard let choice = Choice(rawValue: text) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONError(message: "one of \(all) is wanted, not \"\(text)\"", offset: start)
    }
    return choice
  }
}
