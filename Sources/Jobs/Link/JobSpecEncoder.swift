/// Encodes specifications one after the other, just as they encode themselves; what follows the
/// command is made once for all that share their traits and follow one another.
public struct JobSpecEncoder: ~Copyable {
  private var writer = JSONWriter()
  private var last: (spec: JobSpec, hasUsualReqGroup: Bool, members: [UInt8])?

  public init() {}

  /// Lends `body` the encoded specification.
  public mutating func encode<Result, Failure: Error>(
    _ spec: JobSpec, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    write(spec)
    return try writer.take(body)
  }

  /// Lends `body` the encoded specifications of jobs, and where in the bytes each of them is.
  public mutating func encode<Result, Failure: Error>(
    specificationsOf jobs: ArraySlice<Job>,
    _ body: (UnsafeBufferPointer<UInt8>, [Range<Int>]) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(jobs.count)
    // By index: no job is copied.
    for index in jobs.indices {
      let start = writer.count
      write(jobs[index].spec)
      ranges.append(start..<writer.count)
      writer.newline()
    }
    return try writer.take { (bytes) throws(Failure) in try body(bytes, ranges) }
  }

  private mutating func write(_ spec: JobSpec) {
    writer.beginObject()
    writer.member("cmd", spec.cmd)
    let members = members(of: spec)
    if !members.isEmpty { writer.raw(members) }
    writer.endObject()
  }

  private mutating func members(of spec: JobSpec) -> [UInt8] {
    let usual = spec.hasDefaultReqGroup
    if let last, last.spec.traitsIdentity == spec.traitsIdentity, last.hasUsualReqGroup == usual {
      return last.members
    }
    var writer = JSONWriter()
    spec.traits.encodeMembers(into: &writer, hasUsualReqGroup: usual)
    let members = writer.takeBytes()
    last = (spec, usual, members)
    return members
  }
}
