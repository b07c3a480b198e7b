import Jobs

/// Jobs that come as lines, a JSON object each, in as many pieces as one likes: what a POST of
/// `application/x-ndjson` has as its body. Lines of nothing but blanks are passed over.
struct JobLines: Sendable {
  /// Some of the jobs, all of them valid.
  struct Piece: Sendable {
    var specs: [JobSpec] = []
    var keys: [JobKey] = []
    /// For each spec, whether it is to run again if it is complete (decision 7).
    var rerun: [Bool] = []
  }

  private var jobs: JobReader
  /// The beginning of a line whose end has not come.
  private var rest: [UInt8] = []
  /// How many lines were read.
  private var lineCount = 0

  /// The longest line, in bytes.
  static let lineLimit = 16 << 20

  /// - Parameter parameters: those of the URL, percent-decoded: the defaults.
  init(_ parameters: [(name: String, value: String)]) throws(JobDocumentError) {
    jobs = try JobReader(parameters)
  }

  /// Limits that the limit groups of the jobs so far set, the last of each group; sorted by group.
  var limits: [(group: LimitGroup, limit: Int)] { jobs.limits }

  /// Takes more of the text, and reads the lines that are whole.
  ///
  /// - Parameters:
  ///   - isEnd: nothing more comes: what is left is a line, too.
  ///   - readFile: see `JobDocument.init`.
  /// - Throws: the first fault, with the number of its line.
  mutating func take(
    _ text: [UInt8], isEnd: Bool = false,
    readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> Piece {
    var piece = Piece()
    rest += text
    var start = 0
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      try read(start..<end, into: &piece, readFile)
      start = end + 1
    }
    if isEnd { try read(start..<rest.count, into: &piece, readFile) }
    rest.removeFirst(isEnd ? rest.count : start)
    guard rest.count <= Self.lineLimit else {
      throw fault("it is longer than \(Self.lineLimit) bytes", inLine: lineCount + 1)
    }
    return piece
  }

  private mutating func read(
    _ line: Range<Int>, into piece: inout Piece,
    _ readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) {
    lineCount += 1
    do throws(JobDocumentError) {
      var reader = JSONReader(Array(rest[line]))
      if reader.isAtEnd() { return }
      let text = try jobs.read(from: &reader)
      guard reader.isAtEnd() else {
        throw JobDocumentError(job: "something follows its object", index: nil)
      }
      let (spec, isRerun) = try self.spec(of: text, readFile)
      piece.specs.append(spec)
      piece.keys.append(JobKey(of: spec))
      piece.rerun.append(isRerun)
    } catch { throw fault(error.message, inLine: lineCount) }
  }

  private mutating func spec(
    of text: JobReader.Text, _ readFile: (String) throws(JobDocumentError) -> String
  ) throws(JobDocumentError) -> (spec: JobSpec, rerun: Bool) {
    do throws(JobDocumentError) { return try jobs.spec(of: text, readFile: readFile) } catch {
      throw JobDocumentError(job: error.message, index: nil)
    }
  }

  private func fault(_ words: String, inLine number: Int) -> JobDocumentError {
    JobDocumentError(message: "line \(number): \(words)")
  }
}
