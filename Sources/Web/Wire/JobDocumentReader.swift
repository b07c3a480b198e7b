import Jobs

/// Reads a `JobDocument` as its text comes, in as many pieces as one likes.
struct JobDocumentReader: Sendable {
  private enum State { case beforeArray, inArray, over }

  private var jobs: JobReader
  private var text = JSONReader([])
  private var state = State.beforeArray
  private var document = JobDocument()
  /// How many jobs were read.
  private var count = 0
  /// The first job that can be read but makes no sense.
  private var fault: (words: String, index: Int)?
  /// With how many bytes unread it is tried to read on: a long job is not read once for each piece.
  private var enough = 0

  /// - Parameter parameters: those of the URL, percent-decoded: the defaults.
  init(_ parameters: [(name: String, value: String)]) throws(JobDocumentError) {
    jobs = try JobReader(parameters)
  }

  /// Takes more of the text, and reads the jobs that are whole.
  /// - Parameter readFile: see `JobDocument.init`.
  mutating func take(
    _ more: [UInt8], readFile: (String) throws(JobDocumentError) -> String
  ) {
    text.append(more)
    guard text.unreadCount >= enough else { return }
    do throws(JobDocumentError) { try readOn(readFile) } catch {
      // Mostly because the rest of a job is to come; else `finish` meets the same.
      enough = 2 * text.unreadCount
    }
  }

  /// Takes the last of the text.
  /// - Parameter readFile: see `JobDocument.init`.
  /// - Throws: the first fault. A job that cannot be read comes before one that makes no sense.
  mutating func finish(
    _ last: [UInt8], readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> JobDocument {
    text.append(last)
    try readOn(readFile)
    if let fault { throw JobDocumentError(job: fault.words, index: count > 1 ? fault.index : nil) }
    document.limits = jobs.limits
    return document
  }

  /// Reads all that is there; after an error it stands behind the last job that could be read.
  private mutating func readOn(
    _ readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    while state != .over {
      let place = text.place
      do throws(JobDocumentError) {
        if state == .beforeArray { try beginJobs() } else { try readJob(readFile) }
      } catch {
        text.place = place
        throw error
      }
    }
  }

  /// Reads on to the first job. Just a null means that there are none.
  private mutating func beginJobs() throws(JobDocumentError) {
    guard !text.isAtEnd() else { throw JobDocumentError(message: "EOF") }
    do throws(JSONError) {
      if try text.null() {
        state = .over
      } else {
        try text.beginArray()
        state = .inArray
      }
    } catch {
      throw JobDocumentError(
        message: "the body must be a JSON array of job objects: \(error)")
    }
  }

  private mutating func readJob(
    _ readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    guard try goesOn() else {
      state = .over
      return
    }
    let job = try jobs.read(from: &text, at: count)
    count += 1
    guard fault == nil else { return }
    do throws(JobDocumentError) {
      let (spec, isRerun) = try jobs.spec(of: job, readFile: readFile)
      document.specs.append(spec)
      document.keys.append(JobKey(of: spec))
      document.rerun.append(isRerun)
    } catch {
      fault = (error.message, count - 1)
    }
  }

  /// Reads on to the next job; false at the end of the array.
  private mutating func goesOn() throws(JobDocumentError) -> Bool {
    do throws(JSONError) { return try text.nextElement() } catch {
      throw JobDocumentError(job: error.description, index: count)
    }
  }
}
