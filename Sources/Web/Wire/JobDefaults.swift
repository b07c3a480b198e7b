import Jobs

/// What the parameters of a URL say of all jobs of a request (behaviour.md §11.4).
struct JobDefaults {
  /// The parameters, as they stand.
  private(set) var given = JobProperties()
  /// 1 GB unless something else than nothing was given (decision 4).
  private(set) var memory: Megabytes = 1024
  /// An hour unless something else than nothing was given.
  private(set) var time: Duration = .seconds(3600)
  private(set) var noRetryOverWalltime: Duration?

  private static let properties = [String: JobProperty](
    uniqueKeysWithValues: JobProperty.allCases.map { ($0.rawValue, $0) })

  /// Takes the parameters that name a property; all others are ignored, `cmd` too. Of a repeated
  /// one the first counts; an empty one means not given.
  /// - Throws: for a value that the property cannot have (decision 14).
  init(_ parameters: [(name: String, value: String)]) throws(JobDocumentError) {
    var seen: Set<JobProperty> = [.cmd]
    for (name, value) in parameters {
      guard let property = Self.properties[name], seen.insert(property).inserted, !value.isEmpty
      else { continue }
      do throws(JSONError) {
        var reader = JSONReader(property.json(value))
        try given.read(property, from: &reader)
        try reader.finish()
      } catch {
        throw JobDocumentError(
          message: "the URL parameter \(name)=\(value) cannot be used: \(error.message)")
      }
    }
    do throws(UnitText.Fault) {
      if !given.memory.isEmpty {
        let asked = try UnitText.memory(given.memory)
        if asked > 0 { memory = asked }
      }
      if !given.time.isEmpty {
        let asked = try UnitText.duration(given.time)
        if asked > .zero { time = asked }
      }
      if !given.noRetryOverWalltime.isEmpty {
        let asked = try UnitText.duration(given.noRetryOverWalltime)
        if asked > .zero { noRetryOverWalltime = asked }
      }
    } catch {
      throw JobDocumentError(message: error.description)
    }
  }
}
