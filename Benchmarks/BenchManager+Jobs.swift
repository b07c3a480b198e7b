import Glibc
import HTTP
import Platform

/// Jobs of the measurements.
extension BenchManager {
  /// The body of a POST of so many jobs.
  /// - Parameter object: the members of the job with this number, without the braces.
  static func body(_ numbers: Range<Int>, _ object: (Int) -> String) -> [UInt8] {
    var text = "["
    for number in numbers {
      text += number == numbers.lowerBound ? "{" : ",{"
      text += object(number)
      text += "}"
    }
    text += "]"
    return Array(text.utf8)
  }

  /// Adds jobs; returns when they are on disk.
  /// - Returns: the answer: the jobs as they are in the queue.
  @discardableResult
  func add(_ body: [UInt8], _ query: String, over other: Client? = nil) async throws -> [UInt8] {
    let answer = try await (other ?? client).send(
      "POST", "/rest/v1/jobs/?\(query)&cwd=\(directory)", body: body,
      until: .now + Bench.deadline)
    guard answer.status == 201 else { throw Self.unexpected(answer) }
    return answer.body
  }

  /// Takes all cores, so that jobs that need one wait and those that need none run.
  func holdCores() async throws {
    let cores = MachineFacts.processorCount
    let job = #"[{"cmd":"sleep 36000","cpus":\#(cores),"memory":"1M","priority":255}]"#
    let keys = Self.keys(in: try await add(Array(job.utf8), "rep_grp=holder"))
    while true {
      let state = try await get("/rest/v1/jobs/\(keys[0])")
      if state.holds(#""State":"running""#) { return }
      _ = await reactor.sleep(until: .now + .milliseconds(20))
    }
  }

  /// Adds jobs that wait for a core until the numbers of `range` are there.
  func fill(_ range: Range<Int>, _ bench: Bench) async throws {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 10_000) {
      let end = min(start + 10_000, range.upperBound)
      try await add(Self.body(start..<end, Self.waiting), "rep_grp=filler")
      if start / 100_000 != end / 100_000 { bench.say("\(end) jobs queued") }
    }
  }

  /// The members of a job that waits for a core.
  static func waiting(_ number: Int) -> String {
    #""cmd":"echo a job that waits its turn \#(number)","cpus":1,"memory":"10M""#
  }

  func delete(_ group: String, _ state: String) async throws {
    let answer = try await client.send(
      "DELETE", "/rest/v1/jobs/\(group)?state=\(state)", until: .now + Bench.deadline)
    guard answer.status == 200 || answer.status == 202 else { throw Self.unexpected(answer) }
  }

  /// Returns once all the jobs of these keys are complete. Asks again after a pause: that is how a
  /// client of this API waits.
  func waitUntilComplete(_ keys: [String], pause: Duration) async throws {
    let target = "/rest/v1/jobs/\(keys.joined(separator: ","))"
    while true {
      let states = try await get(target)
      if states.count(of: #""State":"complete""#) == keys.count { return }
      if states.holds(#""State":"buried""#) {
        throw SystemError(code: EPROTO, operation: String(decoding: states, as: UTF8.self))
      }
      _ = await reactor.sleep(until: .now + pause)
    }
  }

  /// The keys of the jobs in an answer, in its order.
  static func keys(in answer: [UInt8]) -> [String] {
    answer.ranges(of: Array(#"{"Key":""#.utf8)).map { range in
      String(
        decoding: answer[range.upperBound...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }
  }

  /// The keys in an answer that shows nothing else of the jobs, in its order.
  static func listedKeys(in answer: [UInt8]) -> [String] {
    answer.split(separator: UInt8(ascii: "\"")).filter { $0.count == 32 }
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

extension [UInt8] {
  func holds(_ text: String) -> Bool { count(of: text) > 0 }

  func count(of text: String) -> Int { ranges(of: Array(text.utf8)).count }

  /// Where a text stands.
  func ranges(of text: [UInt8]) -> [Range<Int>] {
    guard let first = text.first else { return [] }
    var found: [Range<Int>] = []
    withUnsafeBufferPointer { bytes in
      var start = 0
      while start + text.count <= bytes.count, let base = bytes.baseAddress,
        let hit = memchr(base + start, Int32(first), bytes.count - start)
      {
        let offset = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
        if bytes[offset...].starts(with: text) { found.append(offset..<offset + text.count) }
        start = offset + 1
      }
    }
    return found
  }
}
