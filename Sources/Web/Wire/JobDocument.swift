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

  /// Reads a body. Only its first JSON value counts, what follows that is ignored.
  /// - Parameters:
  ///   - parameters: those of the URL, percent-decoded.
  ///   - readFile: gives the text of a file of this machine, for cloud_script, or says why it cannot
  ///     be read. Called once for every path that a job names.
  init(
    _ body: [UInt8], parameters: [(name: String, value: String)],
    readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    var jobs = try JobReader(parameters)
    var fault: (words: String, index: Int)?
    var reader = JSONReader(body)
    var index = 0
    guard try Self.beginJobs(of: &reader) else { return }
    while try Self.goesOn(&reader, at: index) {
      let text = try jobs.read(from: &reader, at: index)
      // A job that cannot be read comes before one that makes no sense, so go on to the end.
      if fault == nil {
        do throws(JobDocumentError) {
          let (spec, isRerun) = try jobs.spec(of: text, readFile: readFile)
          specs.append(spec)
          rerun.append(isRerun)
        } catch {
          fault = (error.message, index)
        }
      }
      index += 1
    }
    if let fault {
      throw JobDocumentError(job: fault.words, index: index > 1 ? fault.index : nil)
    }
    limits = jobs.limits
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

  /// Reads on to the next job; false at the end of the array.
  private static func goesOn(
    _ reader: inout JSONReader, at index: Int
  ) throws(JobDocumentError) -> Bool {
    do throws(JSONError) { return try reader.nextElement() } catch {
      throw JobDocumentError(job: error.description, index: index)
    }
  }
}
