extension ReportBatch: JSONCoded {
  private enum Member: String, CaseIterable { case incarnation, sequence, alive, reports, written }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("incarnation", incarnation.text)
    writer.member("sequence", sequence)
    writer.member("alive", ifAny: alive)
    writer.member("reports", ifAny: reports)
    writer.member("written", ifAny: written)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var incarnation: Incarnation?
    var sequence: UInt64?
    var alive: [AttemptID] = []
    var reports: [RunReport] = []
    var written: [RunOutput] = []
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .incarnation: incarnation = Incarnation(try reader.string())
      case .sequence: sequence = try reader.unsigned()
      case .alive: alive = try reader.array(of: AttemptID.self)
      case .reports: reports = try reader.array(of: RunReport.self)
      case .written: written = try reader.array(of: RunOutput.self)
      }
    }
    self.init(
      incarnation: try reader.require(incarnation, "incarnation"),
      sequence: try reader.require(sequence, "sequence"), alive: alive, reports: reports,
      written: written)
  }
}

extension ReportAnswer: JSONCoded {
  private enum Member: String, CaseIterable { case acknowledged, discard }
  private static let members = JSONNames<Member>()

  public func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("acknowledged", ifAny: acknowledged)
    writer.member("discard", ifAny: discard)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      switch member {
      case .acknowledged: acknowledged = try reader.array(of: AttemptID.self)
      case .discard: discard = try reader.array(of: AttemptID.self)
      }
    }
  }
}
