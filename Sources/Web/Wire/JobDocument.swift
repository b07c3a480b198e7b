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
    try conversion.check()
    var fault: (words: String, index: Int)?
    var reader = JSONReader(body)
    var index = 0
    guard try Self.beginJobs(of: &reader) else { return }
    while let job = try Self.nextJob(at: index, of: &reader) {
      // A job that cannot be read comes before one that makes no sense, so go on to the end.
      if fault == nil {
        do throws(JobDocumentError) {
          specs.append(try conversion.spec(of: job, readFile: readFile))
          rerun.append(job.rerun || defaults.given.rerun)
        } catch {
          fault = (error.message, index)
        }
      }
      index += 1
    }
    if let fault {
      throw JobDocumentError(job: fault.words, index: index > 1 ? fault.index : nil)
    }
    limits = conversion.limits.sorted { $0.key < $1.key }.map { (group: $0.key, limit: $0.value) }
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
    at index: Int, of reader: inout JSONReader
  ) throws(JobDocumentError) -> JobProperties? {
    do throws(JSONError) {
      guard try reader.nextElement() else { return nil }
    } catch {
      throw JobDocumentError(job: error.description, index: index)
    }
    return try job(of: &reader, at: index)
  }

  /// Reads the object of a job.
  static func job(
    of reader: inout JSONReader, at index: Int? = nil
  ) throws(JobDocumentError) -> JobProperties {
    var job = JobProperties()
    var property: JobProperty?
    do throws(JSONError) {
      try reader.beginObject()
      while true {
        property = try reader.nextMember(of: properties)
        guard let known = property else { return job }
        try job.read(known, from: &reader)
        property = nil
      }
    } catch {
      let place = property.map { "\($0.rawValue): " } ?? ""
      throw JobDocumentError(job: "\(place)\(error)", index: index)
    }
  }
}
