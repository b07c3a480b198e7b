/// The JSON of what manager and runner hosts say to each other and of what is stored.
extension JobSpec {
  /// One JSON object, without a newline; what equals its default is left out.
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}
extension Requirements {
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}
extension RunRecord {
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}
extension HostOrder {
  /// One line of NDJSON, newline included.
  public func encoded() -> [UInt8] { [] }
  public init(decoding line: [UInt8]) throws(JSONError) { fatalError() }
}
extension RunOrder {
  public func encoded() -> [UInt8] { [] }
  public init(decoding line: [UInt8]) throws(JSONError) { fatalError() }
}
extension Inventory {
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}
extension ReportBatch {
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}
extension RunEnd {
  /// As in a spool file.
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}
extension ReportAnswer {
  public func encoded() -> [UInt8] { [] }
  public init(decoding bytes: [UInt8]) throws(JSONError) { fatalError() }
}

/// What is wrong with a JSON text, and at which byte.
public struct JSONError: Error, Hashable, Sendable {
  public var message: String
  public var offset: Int
}
