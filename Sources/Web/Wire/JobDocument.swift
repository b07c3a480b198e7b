import Jobs

/// What a `POST /rest/v1/jobs/` asks for (behaviour.md §4, §11.4): its body, completed by its
/// URL's parameters, all of it valid.
struct JobDocument: Sendable {
  /// In the order of the body.
  var specs: [JobSpec] = []
  /// For each spec, whether it is to run again if it is complete (decision 7).
  var rerun: [Bool] = []
  /// Limits that the limit groups of the jobs set, the last of each group; sorted by group.
  var limits: [(group: LimitGroup, limit: Int)] = []

  private static let properties = JSONNames<JobProperty>(ignoringCase: true)

  /// Reads a body. Only its first JSON value counts, what follows that is ignored.
  /// - Parameters:
  ///   - parameters: those of the URL, percent-decoded.
  ///   - readFile: gives the text of a file of this machine, for cloud_script, or says why it cannot
  ///     be read. Called once for every path that a job names.
  init(
    _ body: [UInt8], parameters: [(name: String, value: String)],
    readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    let defaults = try JobDefaults(parameters)
    var conversion = JobConversion(defaults)
    try Self.check(conversion)
    var fault: (words: String, index: Int)?
    var reader = JSONReader(body)
    var index = 0
    guard try Self.beginJobs(of: &reader) else { return }
    var last: Model?
    while let job = try Self.nextJob(at: index, of: &reader, like: last) {
      // A job that cannot be read comes before one that makes no sense, so go on to the end.
      if fault == nil {
        do throws(JobDocumentError) {
          switch job {
          case .alike(let model, let cmd):
            specs.append(model.spec.with(cmd: cmd, ownReqGroup: model.hasReqGroup))
            rerun.append(model.rerun)
          case .other(let job, let spelling):
            let spec = try conversion.spec(of: job, readFile: readFile)
            specs.append(spec)
            rerun.append(job.rerun || defaults.given.rerun)
            last = spelling.map {
              Model(
                spelling: $0, spec: spec, rerun: job.rerun || defaults.given.rerun,
                hasReqGroup: !job.reqGroup.isEmpty || !defaults.given.reqGroup.isEmpty)
            }
          }
        } catch {
          fault = (error.message, index)
          last = nil
        }
      }
      index += 1
    }
    if let fault {
      throw JobDocumentError(job: fault.words, index: index > 1 ? fault.index : nil)
    }
    limits = conversion.limits.sorted { $0.key < $1.key }.map { (group: $0.key, limit: $0.value) }
  }

  /// A job that was read, by which those are made that are spelled like it but for their command.
  private struct Model {
    var spelling: JSONSpelling
    var spec: JobSpec
    var rerun: Bool
    /// Its ReqGroup was given, not made of its command.
    var hasReqGroup: Bool
  }

  private enum NextJob {
    case alike(Model, cmd: String)
    case other(JobProperties, JSONSpelling?)
  }

  /// Judges the defaults by themselves: wrong ones are refused also where no job takes them
  /// (decision 14).
  private static func check(_ conversion: JobConversion) throws(JobDocumentError) {
    var job = JobProperties()
    job.cmd = "true"
    var trial = conversion
    // A script is read when a job names it.
    _ = try trial.spec(of: job) { _ in "" }
  }

  /// Reads on to the first job; false if there is just a null, which means that there are none.
  private static func beginJobs(of reader: inout JSONReader) throws(JobDocumentError) -> Bool {
    guard !reader.isAtEnd() else { throw JobDocumentError(message: "EOF") }
    do throws(JSONError) {
      if try reader.null() { return false }
      try reader.beginArray()
      return true
    } catch {
      throw JobDocumentError(
        message: "the body must be a JSON array of job objects: \(error)")
    }
  }

  /// Reads the next job; nil at the end of the array.
  private static func nextJob(
    at index: Int, of reader: inout JSONReader, like model: Model?
  ) throws(JobDocumentError) -> NextJob? {
    var job = JobProperties()
    var property: JobProperty?
    do throws(JSONError) {
      guard try reader.nextElement() else { return nil }
      if let model, let cmd = reader.string(inObjectSpelled: model.spelling) {
        return .alike(model, cmd: cmd)
      }
      try reader.beginObject()
      let start = reader.offset - 1
      var cmd: Range<Int>?
      while true {
        property = try reader.nextMember(of: properties)
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
}
