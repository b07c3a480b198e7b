import Jobs

/// The jobs that a POST to `/rest/v1/jobs/` asks for: its body, read over the defaults of its URL
/// parameters. All of it is checked before any of it is used.
struct JobDocument: Sendable {
  var specs: [JobSpec] = []
  /// For each spec, whether it runs again if it is complete.
  var rerun: [Bool] = []
  /// What `limit_grps` with a number set, in order; the last of a group wins.
  var limits: [(group: LimitGroup, limit: Int)] = []

  /// - Parameters:
  ///   - body: a JSON array of job objects, or null; what follows it is ignored.
  ///   - parameters: of the URL, percent-decoded, in order.
  ///   - readFile: the text of a file on this machine, for cloud_script.
  init(
    _ body: [UInt8], parameters: [(name: String, value: String)],
    readFile: @escaping (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    var surroundings = JobProperties.Surroundings(readFile: readFile)
    var defaults = JobProperties()
    try defaults.take(parameters: parameters, &surroundings)
    var reader = JSONReader(body)
    if reader.isAtEnd() { throw JobDocumentError(message: "EOF") }
    do throws(JSONError) {
      if try reader.null() { return }
      try reader.beginArray()
    } catch { throw Self.malformed(error) }
    while try nextJob(&reader) {
      var ahead = reader
      do throws(JobDocumentError) {
        try takeJob(&reader, defaults, &surroundings)
      } catch {
        throw Self.problem(error, index: specs.count, isOnly: Self.isLast(&ahead))
      }
    }
    limits = surroundings.limits
  }

  private func nextJob(_ reader: inout JSONReader) throws(JobDocumentError) -> Bool {
    do throws(JSONError) {
      return try reader.nextElement()
    } catch { throw Self.malformed(error) }
  }

  private mutating func takeJob(
    _ reader: inout JSONReader, _ defaults: JobProperties,
    _ surroundings: inout JobProperties.Surroundings
  ) throws(JobDocumentError) {
    var properties = JobProperties()
    try properties.take(from: &reader, &surroundings)
    guard !properties.cmd.isEmpty else { throw JobDocumentError(message: "cmd was not specified") }
    let spec = properties.spec(over: defaults)
    try Self.check(spec)
    specs.append(spec)
    rerun.append(properties.rerun || defaults.rerun)
  }

  /// What no property alone can tell.
  private static func check(_ spec: JobSpec) throws(JobDocumentError) {
    let ranges: [(String, Int, ClosedRange<Int>)] = [
      ("override", spec.override, 0...2), ("priority", spec.priority, 0...255),
      ("retries", spec.retries, 0...255),
      ("disk", spec.requirements.diskGigabytes, 0...1_000_000_000),
    ]
    for (name, value, range) in ranges where !range.contains(value) {
      throw JobDocumentError(
        message: "\(name) value (\(value)) is not in the range "
          + "\(range.lowerBound)..\(range.upperBound)")
    }
    // No argument and no environment entry of a process can hold a NUL (execve(2)).
    for (name, text) in [("cmd", spec.cmd), ("cwd", spec.cwd)]
      + spec.environment.map({ ("env", $0) })
    where text.utf8.contains(0) {
      throw JobDocumentError(message: "\(name) may not contain a NUL character")
    }
    for entry in spec.environment where !entry.dropFirst().contains("=") || entry.hasPrefix("=") {
      throw JobDocumentError(message: "env value (\(entry)) is not of the form NAME=value")
    }
  }

  /// The sentence of an error in one job. Of a lone job it is word for word what clients of the
  /// original know; of several it names the index.
  private static func problem(_ error: JobDocumentError, index: Int, isOnly: Bool)
    -> JobDocumentError
  {
    let place = index == 0 && isOnly ? "" : " (at index \(index))"
    return JobDocumentError(
      message: "there was a problem interpreting your job: \(error.message)\(place)")
  }

  private static func malformed(_ error: JSONError) -> JobDocumentError {
    JobDocumentError(
      message: "the body is not a JSON array of jobs: \(error.message) (at byte \(error.offset))")
  }

  /// Whether the job that the reader stands before is the array's last.
  private static func isLast(_ reader: inout JSONReader) -> Bool {
    do throws(JSONError) {
      try reader.skip()
      return try !reader.nextElement()
    } catch {
      // What follows is no JSON, so there is no further job.
      return true
    }
  }
}
