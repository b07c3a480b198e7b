extension OutputWish: JSONCoded {
  private enum Member: String, CaseIterable {
    case follower, attempt, stream
    case isOnce = "once"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("follower", follower)
    writer.member("attempt", attempt.number)
    writer.member("stream", stream.rawValue)
    if isOnce { writer.member("once", true) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var follower: UInt64?
    var attempt: AttemptID?
    var stream: OutputStream?
    var isOnce = false
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .follower: follower = try reader.unsigned()
      case .attempt: attempt = try AttemptID(from: &reader)
      case .stream: stream = OutputStream(rawValue: try reader.string())
      case .isOnce: isOnce = try reader.bool()
      }
    }
    self.init(
      follower: try reader.require(follower, "follower"),
      attempt: try reader.require(attempt, "attempt"),
      stream: try reader.require(stream, "stream"), isOnce: isOnce)
  }
}

extension RunOutput: JSONCoded {
  private enum Member: String, CaseIterable {
    case follower, text
    case isLast = "last"
  }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("follower", follower)
    writer.member("text", text, unless: "")
    if isLast { writer.member("last", true) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var follower: UInt64?
    var text = ""
    var isLast = false
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .follower: follower = try reader.unsigned()
      case .text: text = try reader.string()
      case .isLast: isLast = try reader.bool()
      }
    }
    self.init(
      follower: try reader.require(follower, "follower"), text: text, isLast: isLast)
  }
}
