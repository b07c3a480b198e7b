import Jobs

/// Reads jobs one after the other, and makes specifications of them. One that is spelled like the
/// one before but for its command is made of that.
struct JobReader: Sendable {
  /// What was read of a job.
  enum Text {
    /// All but the command is as it was.
    case alike(cmd: String)
    /// Indirect, as it is large and rare.
    indirect case other(JobProperties, JSONSpelling?)
  }

  /// A job by which others are made. A class, so that to use it is not to copy it.
  private final class Model: Sendable {
    let spelling: JSONSpelling
    let spec: JobSpec
    let rerun: Bool
    /// Its ReqGroup was given, not made of its command.
    let hasReqGroup: Bool

    init(spelling: JSONSpelling, spec: JobSpec, rerun: Bool, hasReqGroup: Bool) {
      self.spelling = spelling
      self.spec = spec
      self.rerun = rerun
      self.hasReqGroup = hasReqGroup
    }
  }

  private let defaults: JobDefaults
  private var conversion: JobConversion
  private var last: Model?

  private static let properties = JSONNames<JobProperty>(ignoringCase: true)

  /// - Parameter parameters: those of the URL, percent-decoded: the defaults.
  init(_ parameters: [(name: String, value: String)]) throws(JobDocumentError) {
    defaults = try JobDefaults(parameters)
    conversion = JobConversion(defaults)
    try conversion.check()
  }

  /// Limits that the limit groups of the jobs so far set, the last of each group; sorted by group.
  var limits: [(group: LimitGroup, limit: Int)] {
    conversion.limits.sorted { $0.key < $1.key }.map { (group: $0.key, limit: $0.value) }
  }

  /// Reads the object of a job.
  ///
  /// - Parameter index: of the job, for what is wrong with it.
  func read(
    from reader: inout JSONReader, at index: Int? = nil
  ) throws(JobDocumentError) -> Text {
    if let last, let cmd = reader.string(inObjectSpelled: last.spelling) {
      return .alike(cmd: cmd)
    }
    var job = JobProperties()
    var property: JobProperty?
    do throws(JSONError) {
      try reader.beginObject()
      let start = reader.offset - 1
      var cmd: Range<Int>?
      while true {
        property = try reader.nextMember(of: Self.properties)
        guard let known = property else {
          return .other(job, cmd.map { reader.spelling(from: start, but: $0) })
        }
        if known == .cmd, try reader.kind() == .string {
          let start = reader.offset
          try job.read(known, from: &reader)
          cmd = start..<reader.offset
        } else {
          try job.read(known, from: &reader)
        }
        property = nil
      }
    } catch {
      let place = property.map { "\($0.rawValue): " } ?? ""
      throw JobDocumentError(job: "\(place)\(error)", index: index)
    }
  }

  /// Makes the specification of a job that was read, and tells whether it is to run again if it is
  /// complete (decision 7).
  ///
  /// - Parameters:
  ///   - text: what was read last.
  ///   - readFile: see `JobDocument.init`.
  mutating func spec(
    of text: Text, readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> (spec: JobSpec, rerun: Bool) {
    switch (text, last) {
    case (.alike(let cmd), let model?):
      return (model.spec.with(cmd: cmd, ownReqGroup: model.hasReqGroup), model.rerun)
    case (.alike, nil): preconditionFailure("a job like none that was read")
    case (.other(let job, let spelling), _):
      last = nil
      let spec = try conversion.spec(of: job, readFile: readFile)
      let rerun = job.rerun || defaults.given.rerun
      last = spelling.map {
        Model(
          spelling: $0, spec: spec, rerun: rerun,
          hasReqGroup: !job.reqGroup.isEmpty || !defaults.given.reqGroup.isEmpty)
      }
      return (spec, rerun)
    }
  }
}
