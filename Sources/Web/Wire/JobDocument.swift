import Jobs

/// What a `POST /rest/v1/jobs/` asks for (behaviour.md §4, §11.4): its body, completed by its
/// URL's parameters, all of it valid.
struct JobDocument: Sendable {
  /// In the order of the body.
  var specs: [JobSpec] = []
  /// Of the specs.
  var keys: [JobKey] = []
  /// For each spec, whether it is to run again if it is complete (decision 7).
  var rerun: [Bool] = []
  /// Limits that the limit groups of the jobs set, the last of each group; sorted by group.
  var limits: [(group: LimitGroup, limit: Int)] = []

  init() {}

  /// Reads a body. Only its first JSON value counts, what follows that is ignored.
  /// - Parameters:
  ///   - parameters: those of the URL, percent-decoded.
  ///   - readFile: gives the text of a file of this machine, for cloud_script, or says why it cannot
  ///     be read. Called once for every path that a job names.
  init(
    _ body: [UInt8], parameters: [(name: String, value: String)],
    readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    var reader = try JobDocumentReader(parameters)
    self = try reader.finish(body, readFile: readFile)
  }
}
