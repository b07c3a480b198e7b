import Jobs
import Testing

@testable import Web

/// Reads a body with the URL parameters given; files are not there unless `files` has them.
func readJobs(
  _ body: String, _ parameters: [(name: String, value: String)] = [], files: [String: String] = [:]
) throws -> JobDocument {
  try JobDocument(Array(body.utf8), parameters: parameters) { path throws(JobDocumentError) in
    guard let content = files[path] else {
      throw JobDocumentError(message: "path [\(path)] could not be read: no such file")
    }
    return content
  }
}

/// Reads a body of one job.
func readJob(
  _ body: String, _ parameters: [(name: String, value: String)] = [], files: [String: String] = [:]
) throws -> JobSpec {
  let document = try readJobs("[\(body)]", parameters, files: files)
  return try #require(document.specs.count == 1 ? document.specs.first : nil)
}

/// The sentence with which a request is refused.
func refusal(
  of body: String, _ parameters: [(name: String, value: String)] = [],
  sourceLocation: SourceLocation = #_sourceLocation
) -> String {
  let error = #expect(throws: JobDocumentError.self, sourceLocation: sourceLocation) {
    _ = try readJobs(body, parameters)
  }
  return error?.message ?? ""
}

let interpretationPrefix = "there was a problem interpreting your job: "
